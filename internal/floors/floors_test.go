// Package floors holds the building up: packages import only lower floors, and some libraries live in one package alone.
package floors

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/callfloor/callfloor/"

// floor of every package, as in docs/map.md. Packages of one floor are strangers to one another.
var floor = map[string]int{
	"internal/testwait": 0,
	"state":             1, "cluster": 1, "media/audio": 1, "media/webrtc": 1, "internal/strictyaml": 1, "internal/testpostgres": 1, "internal/testredis": 1,
	"media": 2, "routing": 2,
	"calls": 3,
	"sip":   4, "dialing": 4, "ivr": 4, "recordings": 4, "records": 4, "prompts": 4,
	"api": 5, "console": 5,
	"configs":       6,
	"app":           7,
	"cmd/callfloor": 8, "cmd/callload": 8,
}

// home of a library: the only packages that may import it.
var home = map[string][]string{
	"github.com/emiago/sipgo":         {"sip", "cmd/callload"},
	"github.com/icholy/digest":        {"sip"},
	"github.com/nyaruka/phonenumbers": {"dialing"},
	"github.com/pion/":                {"media", "media/webrtc"},
	"github.com/pion/ice":             {}, // tests alone, as the next
	"github.com/pion/webrtc":          {},
	"github.com/redis/go-redis":       {"state", "routing"},
	"github.com/alicebob/miniredis":   {"state"},
	"database/sql":                    {"records"},
	"modernc.org/sqlite":              {"records"},
	"github.com/jackc/pgx":            {"records"},
	"github.com/alecthomas/kong":      {"cmd/callfloor", "cmd/callload"},
	"github.com/prometheus/":          {"app", "api"},
	"github.com/goccy/go-yaml":        {"internal/strictyaml", "configs", "ivr"},
	"github.com/gobwas/ws":            {"sip"},
	"github.com/go-audio/":            {"media/audio"},
	"github.com/pressly/goose":        {"records"},
	"github.com/danielgtaylor/huma":   {"api"},
	"github.com/coder/websocket":      {"sip", "api", "cmd/callload"},
}

func TestFloors(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	walk(t, root, func(pkg, file, imported string) {
		seen++
		if lower, ours := strings.CutPrefix(imported, module); ours {
			above(t, pkg, lower, file)
			return
		}
		for library, homes := range home {
			if strings.HasPrefix(imported, library) && !slices.Contains(homes, pkg) {
				t.Errorf("%s: %s imports %s, which lives in %v alone", file, pkg, imported, homes)
			}
		}
	})
	if seen < 100 {
		t.Fatalf("only %d imports found: the walk is broken", seen)
	}
}

// The map that people read says the same.
func TestTheMapOfTheCodeSaysTheSame(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "map.md"))
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d) \| (.*) \|$`).FindAllStringSubmatch(string(b), -1) {
		n, _ := strconv.Atoi(row[1])
		for _, pkg := range regexp.MustCompile("`([a-z/]+)`").FindAllStringSubmatch(row[2], -1) {
			drawn[pkg[1]] = n
		}
	}
	for pkg, n := range floor {
		if drawn[pkg] != n && !strings.HasPrefix(pkg, "internal/") {
			t.Errorf("docs/map.md has %s on floor %d, not %d", pkg, drawn[pkg], n)
		}
	}
	for pkg := range drawn {
		if _, err := os.Stat(filepath.Join("..", "..", pkg)); err != nil {
			t.Errorf("docs/map.md: %v", err)
		}
	}
}

func above(t *testing.T, pkg, lower, file string) {
	t.Helper()
	mine, known := floor[pkg]
	if !known {
		t.Errorf("%s: %s stands on no floor", file, pkg)
	}
	theirs, known := floor[lower]
	if !known {
		t.Errorf("%s: %s stands on no floor", file, lower)
	}
	if theirs >= mine {
		t.Errorf("%s: %s (floor %d) imports %s (floor %d)", file, pkg, mine, lower, theirs)
	}
}

// walk tells every import of every file that is no test.
func walk(t *testing.T, root string, tell func(pkg, file, imported string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "node_modules" || name == "tools" || strings.HasPrefix(name, ".") && name != "." && name != "..") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		for _, i := range f.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			tell(filepath.ToSlash(pkg), path, imported)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
