package console

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"README":             {Data: []byte("kept")},
		"index.html":         {Data: []byte(`<meta nonce="CALLFLOOR_NONCE">console`)},
		"phone.html":         {Data: []byte(`<meta nonce="CALLFLOOR_NONCE">phone`)},
		"favicon.svg":        {Data: []byte(`<svg/>`)},
		"assets/main-abc.js": {Data: []byte(strings.Repeat("let a = 1;\n", 100))},
	}
}

func get(h http.Handler, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUnbuiltConsoleSaysWhatToRun(t *testing.T) {
	h := handler(fstest.MapFS{"README": {Data: []byte("kept")}})
	for _, path := range []string{"/", "/phone"} {
		res := get(h, path)
		if body := text(t, res.Body); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "the console is not built: run make console") {
			t.Errorf("%s: %d %q", path, res.StatusCode, body)
		}
	}
}

func TestPagesCarryAFreshNonceAndAStrictPolicy(t *testing.T) {
	h := handler(built())
	seen := map[string]bool{}
	for _, path := range []string{"/", "/", "/phone"} {
		res := get(h, path)
		body := text(t, res.Body)
		nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(body)[1]
		policy := res.Header.Get("Content-Security-Policy")
		if seen[nonce] || !strings.Contains(policy, "'nonce-"+nonce+"'") {
			t.Errorf("%s: nonce %q used before, or not in %q", path, nonce, policy)
		}
		seen[nonce] = true
		if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: policy is not strict: %q", path, policy)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: a page with a nonce must not be stored, got %q", path, got)
		}
	}
}

func TestAssets(t *testing.T) {
	h := handler(built())
	for _, c := range []struct {
		path, kind, cache string
		status            int
	}{
		{"/assets/main-abc.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/favicon.svg", "image/svg+xml", "no-cache", 200},
		{"/README", "", "", 404},
		{"/index.html", "", "", 404},
		{"/assets/", "", "", 404},
		{"/assets/../embed.go", "", "", 307}, // cleaned by the mux, and then not there
		{"/nothing", "", "", 404},
	} {
		res := get(h, c.path)
		if res.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.path, res.StatusCode, c.status)
		}
		if c.status != 200 {
			continue
		}
		if got := res.Header.Get("Content-Type"); got != c.kind {
			t.Errorf("%s: type %q, want %q", c.path, got, c.kind)
		}
		if got := res.Header.Get("Cache-Control"); got != c.cache {
			t.Errorf("%s: cache %q, want %q", c.path, got, c.cache)
		}
	}
}

func TestAssetsAreGzippedAndRevalidated(t *testing.T) {
	h := handler(built())
	plain := text(t, get(h, "/assets/main-abc.js").Body)
	res := get(h, "/assets/main-abc.js", "Accept-Encoding", "gzip, br")
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, z); got != plain {
		t.Errorf("gzipped body differs: %d bytes, want %d", len(got), len(plain))
	}
	tag := res.Header.Get("ETag")
	if res := get(h, "/assets/main-abc.js", "Accept-Encoding", "gzip", "If-None-Match", tag); res.StatusCode != http.StatusNotModified {
		t.Errorf("same tag: %d, want 304", res.StatusCode)
	}
	if res := get(h, "/assets/main-abc.js", "If-None-Match", tag); res.StatusCode != http.StatusOK {
		t.Errorf("the gzipped file's tag for the plain one: %d, want 200", res.StatusCode)
	}
}

func TestBinaryCarriesTheDirectory(t *testing.T) {
	want := http.StatusServiceUnavailable
	if Built() {
		want = http.StatusOK
	}
	if res := get(Handler(), "/"); res.StatusCode != want {
		t.Errorf("built=%v: %d, want %d", Built(), res.StatusCode, want)
	}
}
