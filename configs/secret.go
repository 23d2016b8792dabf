package configs

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Secret is a text that is never printed. In YAML it stands itself, as ${VARIABLE}, or as file:PATH.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides it from %#v, too.
func (s Secret) GoString() string { return s.String() }

// LogValue hides it from the log (slog.LogValuer).
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides it from JSON and whatever else writes texts.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// FromNode fetches the secret from where it is.
func (s *Secret) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	text, ok := d.Text(n, path)
	if !ok {
		return
	}
	secret, err := fetch(text)
	if err != nil {
		d.Wrong(path, err.Error(), "")
	}
	*s = Secret(secret)
}

// fetch is the secret that a text stands for.
func fetch(text string) (string, error) {
	switch name, isVar := strings.CutPrefix(text, "${"); {
	case isVar && strings.HasSuffix(name, "}"):
		name = strings.TrimSuffix(name, "}")
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment has no %s", name)
		}
		return v, nil
	case strings.HasPrefix(text, "file:"):
		b, err := os.ReadFile(strings.TrimPrefix(text, "file:"))
		if err != nil {
			return "", fmt.Errorf("the secret's file cannot be read: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return text, nil
}
