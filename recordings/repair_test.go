package recordings

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/media/audio"
)

// A crash may cut a file anywhere: each length it can have becomes a recording that plays, to its last sample.
func TestEveryLengthOfAFileIsRepaired(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	w, err := audio.CreateWAV(whole)
	if err != nil {
		t.Fatal(err)
	}
	sound := bytes.Repeat([]byte("abcd"), 30)
	for _, b := range [][]byte{sound[:50], sound[50:]} {
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	day := filepath.Join(dir, "recordings", "2026", "11", "23")
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	older := append(bytes.Clone(b[:40]), 0, 0, 0, 0) // a header that knows of no sound yet
	older = append(older, b[44:]...)
	for n := range len(b) + 1 {
		for kind, b := range map[string][]byte{"new": b, "old": older} {
			if err := os.WriteFile(filepath.Join(day, fmt.Sprintf("%s-%d%s", kind, n, open)), b[:n], 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, j, _ := library(t, filepath.Join(dir, "recordings"))
	facts := strings.Join(j.facts, "\n") + "\n"
	for n := range len(b) + 1 {
		pairs := max(n-audio.WAVHeader, 0) / 2
		for _, kind := range []string{"new", "old"} {
			call := fmt.Sprintf("%s-%d", kind, n)
			p, err := l.Find(call, "")
			if err != nil || filepath.Base(p.Path) != call+".wav" {
				t.Fatalf("%s: %s, %v", call, p.Path, err)
			}
			b, err := os.ReadFile(p.Path)
			if err != nil {
				t.Fatal(err)
			}
			samples, rate, err := audio.ReadWAV(bytes.NewReader(b))
			if err != nil || rate != audio.Rate || len(samples) != pairs {
				t.Errorf("%s: %d samples at %d Hz, %v, want %d", call, len(samples), rate, err, pairs)
			}
			if !bytes.HasPrefix(b[audio.WAVHeader:], sound[:2*pairs]) {
				t.Errorf("%s: other sound than before", call)
			}
			if want := fmt.Sprintf("recording.ended %s bytes=%d seconds=", call, 2*pairs); !strings.Contains(facts, want) {
				t.Errorf("%s: its end was not told", call)
			}
		}
	}
	_, again, _ := library(t, filepath.Join(dir, "recordings"))
	if len(again.facts) > 0 {
		t.Errorf("told twice: %v", again.facts)
	}
}

func TestWhatCannotBeRepairedKeepsNobodyFromCalling(t *testing.T) {
	dir := t.TempDir()
	for name, b := range map[string]string{
		"zeros" + open: strings.Repeat("\x00", 100), "other" + open: strings.Repeat("x", 100), "there" + open: "", "there.wav": "precious",
		"notes.txt": "x", "good" + open: "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "directory"+open), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nonexistent", filepath.Join(dir, "link"+open)); err != nil {
		t.Fatal(err)
	}
	_, j, log := library(t, dir)
	if len(j.facts) != 1 || !strings.HasPrefix(j.facts[0], "recording.ended good bytes=0 ") {
		t.Errorf("told: %v", j.facts)
	}
	if n := strings.Count(log.String(), "cannot be repaired"); n != 3 {
		t.Errorf("log: %s", log)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "there.wav")); string(b) != "precious" {
		t.Error("a finished recording was overwritten")
	}
}
