package main

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// effort is what Redis has done so far, by its own INFO.
type effort struct {
	cpu      time.Duration // user and system; a look itself costs some, which is counted
	commands int64         // those that scripts call among them: a figure without noise
}

// since is what was done between two looks, less the look.
func (e effort) since(before effort) effort {
	return effort{cpu: e.cpu - before.cpu, commands: e.commands - before.commands - 1}
}

func (e effort) plus(more effort) effort {
	return effort{cpu: e.cpu + more.cpu, commands: e.commands + more.commands}
}

func (b *bench) effort(ctx context.Context) (effort, error) {
	info, err := b.s.Redis().Info(ctx, "cpu", "stats").Result()
	var e effort
	for line := range strings.Lines(info) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, _ := strconv.ParseFloat(value, 64)
		switch key {
		case "used_cpu_sys", "used_cpu_user":
			e.cpu += time.Duration(n * float64(time.Second))
		case "total_commands_processed":
			e.commands = int64(n)
		}
	}
	return e, err
}
