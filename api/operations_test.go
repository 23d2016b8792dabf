package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// A node is ready when every check holds; what is wrong is named, and why is kept for the log.
func TestReady(t *testing.T) {
	wrong := map[string]error{}
	check := func(name string) Check {
		return Check{name, func(context.Context) error { return wrong[name] }}
	}
	slow := Check{"slow", func(ctx context.Context) error {
		if wrong["slow"] == nil {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}}
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser()
		if a := b.do("GET", "/readyz", ""); a.status != 200 || !strings.Contains(string(a.body), `"ready":true`) {
			t.Errorf("all is well: %d %s", a.status, a.body)
		}
		for _, name := range []string{"redis", "sql", "serving", "slow"} {
			wrong[name] = errors.New("secret.example.org refused")
			res, err := b.client.Get("http://callfloor/readyz")
			if err != nil {
				t.Fatal(err)
			}
			said := make([]byte, 500)
			n, _ := res.Body.Read(said)
			_ = res.Body.Close()
			text := string(said[:n])
			if res.StatusCode != 503 || !strings.Contains(text, `"`+name+`":"failed"`) || strings.Count(text, "failed") != 1 {
				t.Errorf("%s is wrong: %d %s", name, res.StatusCode, text)
			}
			if strings.Contains(text, "secret") {
				t.Errorf("strangers learn why: %s", text)
			}
			delete(wrong, name)
		}
		if a := b.do("GET", "/healthz", ""); a.status != 200 {
			t.Errorf("the process is well: %d", a.status)
		}
	}, func(p *Parts) { p.Checks = []Check{check("redis"), check("sql"), check("serving"), slow} })
}

// The figures are for this machine, or for the networks that the configuration names; never through a proxy.
func TestMetricsAreNotForEverybody(t *testing.T) {
	for name, c := range map[string]struct {
		networks []string
		from     string
		header   string
		want     int
	}{
		"this machine":                   {nil, "127.0.0.1", "", 200},
		"this machine, IPv6":             {nil, "::1", "", 200},
		"this machine, IPv4 within IPv6": {nil, "::ffff:127.0.0.1", "", 200},
		"another machine":                {nil, "192.0.2.7", "", 403},
		"a proxy on this machine":        {nil, "127.0.0.1", "X-Forwarded-For", 403},
		"another kind of proxy":          {nil, "127.0.0.1", "Forwarded", 403},
		"a network":                      {[]string{"10.0.0.0/8"}, "10.9.8.7", "", 200},
		"an address":                     {[]string{"10.0.0.0/8", "192.0.2.7"}, "192.0.2.7", "", 200},
		"outside of the network":         {[]string{"10.0.0.0/8"}, "11.9.8.7", "", 403},
		"this machine, not named":        {[]string{"10.0.0.0/8"}, "127.0.0.1", "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				a := w.browserAt(c.from).do("GET", "/metrics", "", func(r *http.Request) {
					if c.header != "" {
						r.Header.Set(c.header, "for=198.51.100.1")
					}
				})
				if a.status != c.want || c.want == 200 && !strings.Contains(string(a.body), "callfloor_api_pages 0") {
					t.Errorf("answered %d, want %d: %.80s", a.status, c.want, a.body)
				}
			}, func(p *Parts) { p.Config.Metrics = c.networks })
		})
	}
}

func TestMistakesInTheConfiguration(t *testing.T) {
	for text, c := range map[string]Config{
		"http.listen":  {Listen: "8080"},
		"http.tls":     {TLS: TLS{Certificate: "x"}},
		"http.origins": {Origins: []string{"desk.example.org"}},
		"http.session": {Session: 1},
		"http.metrics": {Metrics: []string{"10.0.0.0/8", "ten"}},
		"http.proxies": {Proxies: []string{"haproxy"}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

// Faces without a part of the house are refused at the start, not at the first request.
func TestAMissingPartIsNoticed(t *testing.T) {
	p := newHouse().parts(t, Config{})
	p.Sessions = nil
	if _, err := New(p); err == nil {
		t.Error("faces that forget every login")
	}
}
