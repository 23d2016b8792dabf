package api

import (
	"net/http"
	"strings"
	"testing"
)

// Behind a proxy wrong passwords count against who sent them, not against the proxy and not against a forged name.
func TestWhoIsBehindAProxy(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		try := func(proxy, password string, forwarded ...string) answer {
			return w.browserAt(proxy).do("POST", "/api/login", `{"agent":"maria","password":"`+password+`"}`, func(r *http.Request) {
				r.Header["X-Forwarded-For"] = forwarded
				r.Header.Set("X-Forwarded-Proto", "https")
			})
		}
		attack := func(proxy, client string) {
			for n := range triesAgent {
				forged := "203.0.113." + string(rune('1'+n))
				if a := try(proxy, "x", forged, client); a.status != 401 {
					t.Fatalf("try %d of %s by %s: %s", n, client, proxy, a)
				}
			}
			if a := try(proxy, "x", client); a.status != 429 {
				t.Errorf("one too many of %s by %s: %s", client, proxy, a)
			}
		}
		attack("10.0.0.8", "192.0.2.7")
		attack("10.0.0.8", "198.51.100.1, 10.0.0.9") // by way of two of ours
		attack("10.0.0.8", "no address")             // the proxy's own then
		a := try("10.0.0.8", "demo", "192.0.2.8, 10.0.0.9")
		if a.status != 200 || !strings.Contains(a.header.Get("Set-Cookie"), "Secure") {
			t.Errorf("maria from her own address, by HTTPS: %s, %s", a, a.header.Get("Set-Cookie"))
		}
		for n := range triesAgent {
			try("192.0.2.9", "x", "203.0.113."+string(rune('1'+n)))
		}
		if a := try("192.0.2.9", "demo", "203.0.113.99"); a.status != 429 {
			t.Errorf("a stranger who calls themselves a proxy is believed: %s", a)
		}
		if a := try("192.0.2.10", "demo"); a.status != 200 || strings.Contains(a.header.Get("Set-Cookie"), "Secure") {
			t.Errorf("a stranger's word for HTTPS counts: %s, %s", a, a.header.Get("Set-Cookie"))
		}
	}, func(p *Parts) { p.Config.Proxies = []string{"10.0.0.0/8"} })
}
