package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// asset is one built file that is not a page.
type asset struct {
	name   string
	body   []byte
	etag   string
	cache  string
	zipped func() []byte // made at the first request for it; nil where it saves nothing
}

// load reads every file but the pages and the README. It is called once, at start.
func load(files fs.FS) map[string]*asset {
	found := map[string]*asset{}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "README" || strings.HasSuffix(name, ".html") {
			return nil //nolint:nilerr // a file that cannot be read from the binary does not exist
		}
		body, err := fs.ReadFile(files, name)
		if err == nil {
			found[name] = newAsset(name, body)
		}
		return nil
	})
	return found
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{name: name, body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`, cache: "no-cache"}
	if strings.HasPrefix(name, "assets/") { // the name changes with the content
		a.cache = "public, max-age=31536000, immutable"
	}
	switch path.Ext(name) {
	case ".js", ".css", ".svg", ".json":
		a.zipped = sync.OnceValue(func() []byte { return compress(body) })
	}
	return a
}

// ServeHTTP answers with the gzipped file where the browser takes it, and with 304 where it has it already.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", contentType(a.name))
	h.Set("Cache-Control", a.cache)
	h.Set("X-Content-Type-Options", "nosniff")
	body, etag := a.body, a.etag
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body, etag = a.zipped(), strings.TrimSuffix(etag, `"`)+`-gz"`
		}
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func contentType(name string) string {
	switch path.Ext(name) { // not left to the machine's mime tables
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
