package sip

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryRuleOfTheDocumentHasItsTest: what docs/sip.md names is there, and every rule names one.
func TestEveryRuleOfTheDocumentHasItsTest(t *testing.T) {
	text, err := os.ReadFile("../docs/sip.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "../app/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	names, rules := regexp.MustCompile("`((Test|Fuzz)[A-Za-z0-9]+)`"), 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| **") || strings.HasPrefix(line, "|--") || strings.HasPrefix(line, "| rule") {
			continue
		}
		rules++
		found := names.FindAllStringSubmatch(line, -1)
		if len(found) == 0 {
			t.Errorf("no test proves it: %s", line)
		}
		for _, m := range found {
			if !strings.Contains(code.String(), "\nfunc "+m[1]+"(") {
				t.Errorf("there is no %s", m[1])
			}
		}
	}
	if rules < 30 {
		t.Errorf("the test reads %d rules", rules)
	}
}
