package configs

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretIsFetchedFromWhereItIs(t *testing.T) {
	t.Setenv("THE_SECRET", "of the environment")
	t.Setenv("EMPTY", "")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("of the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"itself": "itself", "${THE_SECRET}": "of the environment", "${EMPTY}": "", "file:" + file: "of the file",
		"${THE_SECRET} and more": "${THE_SECRET} and more", "$THE_SECRET": "$THE_SECRET", "": "",
	} {
		if got, err := fetch(text); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${NO_SUCH_VARIABLE}", "${}", "file:", "file:/nonexistent", "file:/"} {
		if got, err := fetch(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Whoever prints a configuration prints no password.
func TestASecretIsNeverShown(t *testing.T) {
	a := Agent{Password: "hunter2", PhonePassword: "hunter2"}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("an agent", "agent", a, "password", a.Password)
	}
	asJSON, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s %q", a, a, a.Password, a.Password), log.String(), string(asJSON)} {
		if strings.Contains(shown, "hunter2") {
			t.Error(shown)
		}
		if !strings.Contains(shown, "(secret)") {
			t.Errorf("nothing tells that there is one: %s", shown)
		}
	}
}
