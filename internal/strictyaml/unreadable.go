package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"
)

const (
	largest = 1 << 20 // bytes: a file of this kind is written by people
	deepest = 64      // levels, which no honest file reaches; the parser's time grows with their square
)

// Unreadable words why a file cannot be read; its name is told elsewhere.
func Unreadable(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return "cannot be read: " + err.Error()
}

// unreadable says what keeps a file from the parser, and where.
func unreadable(src []byte) (string, Place) {
	if len(src) > largest {
		return fmt.Sprintf("the file is too large: %d bytes, at most %d", len(src), largest), Place{1, 1}
	}
	depth, line := 0, 0
	for text := range bytes.Lines(src) {
		line++
		if i := notText(text); i >= 0 {
			return fmt.Sprintf("this is no text in UTF-8: byte %#02x", text[i]), Place{line, column(text, i)}
		}
		for i, c := range text {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(depth-1, 0)
			}
			if depth > deepest {
				return fmt.Sprintf("more than %d levels of brackets", deepest), Place{line, column(text, i)}
			}
		}
		// "- - - - x" and "? ? ? x" nest, too, and so do tags and anchors before a value.
		if i := len(text) - len(bytes.TrimLeft(text, "-?!& \t")); i > 4*deepest && bytes.ContainsAny(text[:i], "-?!&") {
			return fmt.Sprintf("more than %d levels", deepest), Place{line, 1}
		}
	}
	return "", Place{}
}

// notText is where a line holds something that is no text: not UTF-8, or a control character; -1 is nowhere.
func notText(line []byte) int {
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return i
		}
		i += n
	}
	return -1
}

func column(line []byte, at int) int { return utf8.RuneCount(line[:at]) + 1 }
