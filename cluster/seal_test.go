package cluster

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// What one node seals another one with the same secret opens, under the same name; nobody else, nothing else, and it does not
// tell what is in it.
func TestASealedTextIsReadByNodesAlone(t *testing.T) {
	a, _ := node(t, "a", secret)
	b, _ := node(t, "b", secret)
	other, _ := node(t, "c", secret+"!")
	text := []byte(strings.Repeat("the key of a call ", 100))
	sealed := a.Seal("calls").Close("c-1", text)
	if got, err := b.Seal("calls").Open("c-1", sealed); err != nil || !bytes.Equal(got, text) {
		t.Errorf("it reads %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("key")) || bytes.Equal(sealed, a.Seal("calls").Close("c-1", text)) {
		t.Error("the seal tells something")
	}
	if len(sealed) > len(text)/5 {
		t.Errorf("%d bytes are %d when they are sealed", len(text), len(sealed))
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)/2] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another secret":  func() ([]byte, error) { return other.Seal("calls").Open("c-1", sealed) },
		"another purpose": func() ([]byte, error) { return b.Seal("other").Open("c-1", sealed) },
		"another name":    func() ([]byte, error) { return b.Seal("calls").Open("c-2", sealed) },
		"a changed text":  func() ([]byte, error) { return b.Seal("calls").Open("c-1", changed) },
		"half a text":     func() ([]byte, error) { return b.Seal("calls").Open("c-1", sealed[:40]) },
		"nothing":         func() ([]byte, error) { return b.Seal("calls").Open("c-1", nil) },
	} {
		if got, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
