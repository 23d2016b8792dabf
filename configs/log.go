package configs

import (
	"fmt"
	"io"
	"log/slog"
)

// Log says how much is told, and in which form.
type Log struct {
	Word   string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Validate says what is wrong with it.
func (g Log) Validate() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(g.Word)); err != nil {
		return fmt.Errorf("level %q: debug, info, warn or error", g.Word)
	}
	if g.Format != "text" && g.Format != "json" {
		return fmt.Errorf("format %q: text or json", g.Format)
	}
	return nil
}

// New is the log that writes to w.
func (g Log) New(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(g.Word)) // validated
	o := &slog.HandlerOptions{Level: level}
	if g.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
