package configs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/ivr"
)

var (
	examples  = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	variables = regexp.MustCompile(`\$\{(\w+)\}`)
	keyLists  = regexp.MustCompile("`(menu|digits|queue): \\{([a-z_, ]+)\\}`")
)

// Whoever copies an example from the documents gets no mistake.
func TestEveryExampleOfTheDocumentsIsRight(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	demo, mistakes := Load(Demo())
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	seen := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range examples.FindAllStringSubmatch(string(b), -1) {
			seen++
			for _, v := range variables.FindAllStringSubmatch(m[1], -1) {
				t.Setenv(v[1], "secret")
			}
			for _, mistake := range exampleMistakes(filepath.Base(file), m[1], demo) {
				t.Errorf("%s\nin\n%s", mistake, m[1])
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d examples found", seen)
	}
}

func exampleMistakes(file, text string, demo *Config) []strictyaml.Mistake {
	first, _, _ := strings.Cut(text, ":")
	switch first {
	case "agents":
		return strictyaml.Decode(file, []byte(text), &agentsFile{}).Mistakes
	case "queues":
		return strictyaml.Decode(file, []byte(text), &queuesFile{}).Mistakes
	case "trunks":
		return strictyaml.Decode(file, []byte(text), &trunksFile{}).Mistakes
	case "entries":
		return strictyaml.Decode(file, []byte(text), &entriesFile{}).Mistakes
	case "hours":
		return strictyaml.Decode(file, []byte(text), &hoursFile{}).Mistakes
	case "flow":
		f, mistakes := ivr.Parse(file, []byte(text))
		l := loader{config: demo, docs: map[string]*strictyaml.Doc{}}
		known := l.known()
		known.Sound = nil // an engine speaks what the demo has no sound of
		if mistakes = append(mistakes, f.Check(known)...); len(mistakes) > 0 {
			return mistakes
		}
		return f.Try(known)
	}
	return strictyaml.Decode(file, []byte(text), &Main{}).Mistakes
}

// The table of steps names keys in short; each of them exists.
func TestTheTableOfStepsNamesRealKeys(t *testing.T) {
	b, err := os.ReadFile("../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	all := keyLists.FindAllStringSubmatch(string(b), -1)
	if len(all) != 3 {
		t.Fatalf("%d lists of keys found", len(all))
	}
	for _, m := range all {
		step := map[string]any{"menu": &ivr.Menu{}, "digits": &ivr.Digits{}, "queue": &ivr.Queue{}}[m[1]]
		for key := range strings.SplitSeq(m[2], ", ") {
			if d := strictyaml.Decode("flows.md", []byte(key+":"), step); len(d.Mistakes) > 0 {
				t.Errorf("%s: %v", m[1], d.Mistakes)
			}
		}
	}
}

// Every test that docs/reliability.md leans on is there.
func TestWhatIsSaidToSurviveIsTested(t *testing.T) {
	table, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob("../*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	stories, err := filepath.Glob("../test/browser/*.test.js")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range append(tests, stories...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	rows := 0
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "-") || strings.Contains(cells[3], "proved by") {
			continue
		}
		rows++
		named := 0
		for _, m := range regexp.MustCompile("`(Test\\w+)`|\"([^\"]+)\"").FindAllStringSubmatch(cells[3], -1) {
			named++
			if m[1] != "" && !strings.Contains(all.String(), "func "+m[1]+"(") || m[2] != "" && !strings.Contains(all.String(), "('"+m[2]+"'") {
				t.Errorf("there is no test %s", m[0])
			}
		}
		if named == 0 {
			t.Errorf("not proved: %s", cells[1])
		}
	}
	if rows < 15 {
		t.Errorf("only %d lines found", rows)
	}
}
