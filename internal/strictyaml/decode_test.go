package strictyaml

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shop is what these tests read: one field of each kind.
type shop struct {
	Name  string            `yaml:"name"`
	Open  bool              `yaml:"open"`
	Beds  int               `yaml:"beds"`
	Port  uint16            `yaml:"port"`
	Rate  float64           `yaml:"rate"`
	Rest  time.Duration     `yaml:"rest"`
	Tags  []string          `yaml:"tags"`
	Keys  map[string]string `yaml:"keys"`
	Owner *owner            `yaml:"owner"`
	place `yaml:",inline"`
}

type owner struct {
	Name string `yaml:"name"`
}

type place struct {
	Town string `yaml:"town"`
}

func TestARightFileIsRead(t *testing.T) {
	const text = "\ufeff# a shop\r\nname: \"Caf\\u00e9\"\nopen: true\nbeds: -3\nport: 5060\nrate: 0.5\nrest: 1h30m\n" +
		"tags: [a, 12, 0012, +33]\nkeys: {\"1\": x, 2: y, \"no\": z}\nowner: {name: !!str 7}\ntown: |\n  Ys\n"
	var got shop
	d := Decode("shop.yaml", []byte(text), &got)
	if len(d.Mistakes) > 0 {
		t.Fatal(d.Mistakes)
	}
	want := shop{
		"Café", true, -3, 5060, 0.5, 90 * time.Minute,
		[]string{"a", "12", "0012", "+33"},
		map[string]string{"1": "x", "2": "y", "no": "z"},
		&owner{"7"},
		place{"Ys\n"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(shop{})); diff != "" {
		t.Error(diff)
	}
}

func TestEachMistakeIsToldWithItsPlace(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		"# nothing\n":           nil,
		"---\nname: x\n":        nil,
		"name:\n":               nil, // nothing is the default
		"nam: x\n":              {`1:1: unknown key "nam" (did you mean name?)`},
		"name: x\nxyzzyxy: 1\n": {`2:1: unknown key "xyzzyxy" (one of beds, keys, name, open, owner, port, rate, rest, tags, town)`},
		"name: [x]\n":           {"1:7: expected a text"},
		"name: {x: y}\n":        {"1:7: expected a text"},
		"tags: x\n":             {"1:7: expected a list"},
		"owner: x\n":            {"1:8: expected a mapping"},
		"- x\n":                 {"1:1: expected a mapping"},
		"open: yes\n":           {`1:7: "yes" is neither true nor false`},
		"open: 1\n":             {`1:7: "1" is neither true nor false`},
		"beds: two\n":           {`1:7: "two" is no whole number`},
		"beds: 1.5\n":           {`1:7: "1.5" is no whole number`},
		"port: 65536\n":         {`1:7: "65536" is no number between 0 and 65535`},
		"rate: NaN\n":           {`1:7: "NaN" is no number`},
		"rest: 5\n":             {`1:7: "5" is no duration (such as 20s, 5m or 1h30m)`},
		"rest: -5s\n":           {`1:7: "-5s" is no duration (such as 20s, 5m or 1h30m)`},
		"name: a\nname: b\n":    {`2:1: "name" stands here twice`},
		"keys: {a: x, a: y}\n":  {`1:14: "a" stands here twice`},
		"keys: {no: x}\n":       {"1:8: the key no must stand in quotes: many YAML readers take it for true or false"},
		"keys: {On: x}\n":       {"1:8: the key On must stand in quotes: many YAML readers take it for true or false"},
		"keys: {true: x}\n":     {"1:8: the key true must stand in quotes"},
		"keys: {~: x}\n":        {"1:8: the key ~ must stand in quotes"},
		"keys: {<<: {a: x}}\n":  {"1:8: this is no key: expected a word or a text in quotes"},
		"name: &a x\n":          {"1:7: anchors (&) and aliases (*) are not read (write it out, or quote the text)"},
		"name: *a\n":            {"1:7: anchors (&) and aliases (*) are not read (write it out, or quote the text)"},
		"name: a\n---\nopen: true\n": {
			"3:1: a second document is not read (one document a file)",
		},
		"name: \"x\n":          {"1:7: could not find end character of double-quoted text"},
		"owner:\n\tname: x\n":  {"2:1: found character '\t' that cannot start any token"},
		"name: a\nname2: \xff": {"2:8: this is no text in UTF-8: byte 0xff"},
		"name: é\x00\n":        {"1:8: this is no text in UTF-8: byte 0x00"},
		"\xff\xfen\x00a\x00":   {"1:1: this is no text in UTF-8: byte 0xff"}, // UTF-16
		"name: " + strings.Repeat("[", 1000): {
			"1:71: more than 64 levels of brackets",
		},
		strings.Repeat("- ", 500) + "x\n": {"1:1: more than 64 levels"},
		"nam: x\nopen: no\nbeds: [": {
			"3:7: sequence end token ']' not found", // what is no YAML at all hides the rest
		},
		"nam: x\nopen: no\nbeds: []\nowner: {nme: y}": {
			`1:1: unknown key "nam" (did you mean name?)`, `2:7: "no" is neither true nor false`,
			"3:7: expected a text", `4:9: unknown key "nme" (did you mean name?)`,
		},
	} {
		var got []string
		for _, m := range Decode("f", []byte(text), &shop{}).Mistakes {
			got = append(got, strings.TrimPrefix(m.String(), "f:"))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.60q:\n%s", text, diff)
		}
	}
}

func TestAWrongValueLeavesTheDefault(t *testing.T) {
	s := shop{Beds: 7, Open: true, Port: 9}
	Decode("f", []byte("beds: x\nopen: x\nport: x\n"), &s)
	if s.Beds != 7 || !s.Open || s.Port != 9 {
		t.Errorf("%+v: a second check would blame a value that nobody wrote", s)
	}
}

func TestALargeFileIsRefusedAtOnce(t *testing.T) {
	d := Decode("f", []byte(strings.Repeat("tags: []\n", 1<<17)), &shop{})
	if len(d.Mistakes) != 1 || d.Mistakes[0].String() != "f:1:1: the file is too large: 1179648 bytes, at most 1048576" {
		t.Error(d.Mistakes)
	}
	many := shop{}
	d = Decode("f", []byte("tags:\n"+strings.Repeat("  - some name of twenty\n", 40_000)), &many)
	if len(d.Mistakes) > 0 || len(many.Tags) != 40_000 {
		t.Errorf("a list of many: %d, %v", len(many.Tags), d.Mistakes)
	}
}

func TestALaterCheckPointsAtTheValueOrTheNearestAboveIt(t *testing.T) {
	d := Decode("f", []byte("name: x\nowner:\n  name: y\ntags: [a, b]\n"), &shop{})
	for path, want := range map[string]string{
		"owner.name": "f:3:9: no", "owner.age": "f:3:3: no", "tags[1]": "f:4:11: no", "tags[7]": "f:4:7: no", "nowhere": "f:1:1: no",
	} {
		d.Mistakes = nil
		if d.Wrong(path, "no", ""); d.Mistakes[0].String() != want {
			t.Errorf("%s: %s, want %s", path, d.Mistakes[0], want)
		}
	}
}

func TestTheNearestNameIsProposed(t *testing.T) {
	known := []string{"support", "sales"}
	for name, want := range map[string]string{
		"sale": "did you mean sales?", "suppor": "did you mean support?", "SALES": "one of sales, support", "": "one of sales, support",
	} {
		if got := DidYouMean(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if known[0] != "support" {
		t.Error("the caller's list was changed")
	}
}

func TestAFaultOfTheDiskIsWordedWithoutItsPath(t *testing.T) {
	err := fmt.Errorf("reading: %w", &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission})
	if got := Unreadable(err); got != "cannot be read: permission denied" {
		t.Error(got)
	}
}

// FuzzDecode: whatever a file holds, it is read or refused, quickly, and every mistake lies inside of it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: x\nopen: true\nkeys: {\"1\": a}\nowner:\n  name: y\n", "a: &a [*a]\n", "? [a]\n: b\n", "- - - x\n", "!!map {a: !x b}\n",
		"%YAML 1.1\n---\na: 1\n...\n---\nb: 2\n", "a: |2-\n  x\n", "{a: {b: [c, {d: e}]}}", "\ufeffa: \"\\u0000\"\n", "<<: *x\n", "a: !!binary\n", "!",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		began := time.Now()
		d := Decode("f", src, &shop{})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		lines := strings.Count(string(src), "\n") + strings.Count(string(src), "\r") + 1
		for _, m := range d.Mistakes {
			if m.Line < 1 || m.Column < 1 || m.Line > lines+1 || m.What == "" {
				t.Errorf("%q in a file of %d lines", m, lines)
			}
		}
	})
}
