package configs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// every is how often the directory is looked at. Two looks must agree before it is read: editors, git and copies write
// in several steps.
const every = 500 * time.Millisecond

// Watch calls changed after every change, until ctx ends. It looks at the files by their names, again and again, and asks
// no kernel to tell: so it sees a directory that was moved away and replaced, links that lead elsewhere now (which is how
// Kubernetes and deployments change files), and network file systems. A look at a hundred files takes less than 1 ms.
func (s Source) Watch(ctx context.Context, changed func()) error {
	if s.Dir == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	read := look(s.Dir)
	last := read
	for {
		select {
		case <-tick.C:
			now := look(s.Dir)
			if now == last && now != read {
				read = now
				changed()
			}
			last = now
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look is all that changes when a file does.
func look(dir string) string {
	var b strings.Builder
	for _, sub := range []string{".", "flows", "sounds"} {
		files, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			fmt.Fprintln(&b, sub, err)
		}
		for _, f := range files {
			path := filepath.Join(sub, f.Name())
			info, err := os.Stat(filepath.Join(dir, path)) // of what a link leads to
			switch {
			case err != nil:
				fmt.Fprintln(&b, path, err)
			case info.Mode().IsRegular():
				stat, _ := info.Sys().(*syscall.Stat_t)
				fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano(), info.Mode(), stat.Dev, stat.Ino)
			}
		}
	}
	return b.String()
}
