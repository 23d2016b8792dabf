package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	at  time.Time
	cpu time.Duration // user and system
	rss int64         // bytes now
}

// ticks a second of /proc: fixed at 100 on Linux.
const tick = 10 * time.Millisecond

func usageOf(pid int) usage {
	u := usage{at: time.Now()}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(after)
	if len(f) < 22 {
		return u
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	pages, _ := strconv.ParseInt(f[21], 10, 64)
	u.cpu, u.rss = time.Duration(user+system)*tick, pages*int64(os.Getpagesize())
	return u
}

// since is what was used between two looks.
func (u usage) since(before usage) usage {
	return usage{at: u.at, cpu: u.cpu - before.cpu, rss: u.rss}
}

// result is one row of the table.
type result struct {
	Label     string    `json:"label"`
	Calls     int       `json:"calls"`
	Up        int       `json:"up"`
	Cost      []float64 `json:"cost"` // CPU ms per call-second, each window
	Sent      int64     `json:"sent"`
	Received  int64     `json:"received"`
	Lost      int64     `json:"lost"`
	Silent    int       `json:"silent"`  // streams that heard nothing in a window
	Largest   float64   `json:"largest"` // ms between two packets of one stream
	Memory    float64   `json:"memory"`  // MiB
	SetupMs   float64   `json:"setupMs"` // INVITE to 200, median
	Refused   int       `json:"refused"`
	CostSetup float64   `json:"costSetup,omitempty"` // CPU ms per call
}

func (r *result) add(w window, u usage) {
	r.Cost = append(r.Cost, u.cpu.Seconds()*1000/w.took.Seconds()/float64(max(r.Up, 1)))
	r.Sent += w.sent
	r.Received += w.received
	r.Lost += w.lost
	r.Silent = max(r.Silent, w.silent)
	r.Largest = max(r.Largest, w.largest.Seconds()*1000)
	r.Memory = float64(u.rss) / (1 << 20)
}

// String is the row for people.
func (r result) String() string {
	if r.CostSetup > 0 {
		return fmt.Sprintf("%-24s %5d calls  %6.2f CPU ms/call  set up in %5.1f ms  %d refused", r.Label, r.Calls, r.CostSetup, r.SetupMs, r.Refused)
	}
	cost := slices.Sorted(slices.Values(r.Cost))
	loss := 100 * float64(r.Lost) / float64(max(r.Lost+r.Received, 1))
	return fmt.Sprintf("%-24s %4d up  %.2f CPU ms/call-s (%.2f-%.2f)  loss %.3f %%  silent %d  largest gap %.0f ms  set up in %.1f ms  %.0f MiB",
		r.Label, r.Up, cost[len(cost)/2], cost[0], cost[len(cost)-1], loss, r.Silent, r.Largest, r.SetupMs, r.Memory)
}
