package prompts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/callfloor/callfloor/media"
)

// speak asks the cache, then the engine.
func (s *Speaker) speak(text string) (*media.Sound, error) {
	path := s.cached(text)
	if b, err := os.ReadFile(path); err == nil {
		if sound, err := decode(path, b); err == nil {
			return sound, nil
		}
	}
	if s.engine == "" {
		return nil, fmt.Errorf("%w: %q", ErrUnspeakable, shortened(text))
	}
	b, err := s.synthesize(text)
	if err != nil {
		return nil, fmt.Errorf("speaking %q: %w", shortened(text), err)
	}
	sound, err := decode("from "+s.config.Engine, b)
	if err != nil {
		return nil, fmt.Errorf("speaking %q: %w", shortened(text), err)
	}
	if path != "" {
		if err := keep(path, b); err != nil {
			s.log.Warn("speech not kept", "err", err)
		}
	}
	return sound, nil
}

// cached is the file that keeps a text's speech, "" without a cache.
func (s *Speaker) cached(text string) string {
	if s.config.Dir == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%s", s.config.Voice, s.config.Speed, text))
	return filepath.Join(s.config.Dir, hex.EncodeToString(sum[:16])+".wav")
}

// keep writes a file whole or not at all: half a prompt would be played for ever.
func keep(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// synthesize runs the engine. The text goes in by its standard input: no word of it is an option or a command.
func (s *Speaker) synthesize(text string) ([]byte, error) {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), s.config.Within)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.engine, "-v", s.config.Voice, "-s", strconv.Itoa(s.config.Speed), "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	// An engine may be a script: whatever it has started ends with it, and does not keep its output open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s took more than %s", s.config.Engine, s.config.Within)
	case err != nil:
		return nil, fmt.Errorf("%s: %w %s", s.config.Engine, err, shortened(strings.TrimSpace(faults.String())))
	}
	return out.Bytes(), nil
}

// shortened is a text as a log line bears it, without digits: they may be a caller's secret.
func shortened(text string) string {
	const most = 80
	text = strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, text)
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
