package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/callfloor/callfloor/routing"
)

// described is an operation as the OpenAPI document tells it.
type described struct {
	method, path string
	Security     []map[string][]string      `json:"security"`
	Body         *struct{}                  `json:"requestBody"`
	Responses    map[string]json.RawMessage `json:"responses"`
	ID           string                     `json:"operationId"`
}

// operationsOf reads the document that the server gives out.
func operationsOf(b *browser) []described {
	b.t.Helper()
	var doc struct {
		OpenAPI string                          `json:"openapi"`
		Paths   map[string]map[string]described `json:"paths"`
	}
	if err := json.Unmarshal(b.do("GET", "/openapi.json", "").body, &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.") {
		b.t.Fatalf("OpenAPI %q, %v", doc.OpenAPI, err)
	}
	var all []described
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, o := range doc.Paths[path] {
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	return all
}

// at is the operation's address for something that is there.
func (o described) at() string {
	return strings.NewReplacer("/offers/{id}", "/offers/o-1", "/agents/{id}", "/agents/maria", "{id}", "c-1", "{lease}", "o-1", "{party}", "l-7").Replace(o.path)
}

// good is a right body of each operation that has one.
var good = map[string]string{
	"login": `{"agent":"maria","password":"demo"}`, "choose": `{"chosen":"away","reason":"lunch"}`,
	"chooseFor": `{"chosen":"away","reason":"lunch"}`,
	"digits":    `{"keys":"12#"}`, "dial": `{"to":"+331","callerId":"+442"}`, "wrapup": `{"code":"sold","note":"a blue one"}`, "next": `{"channel":"chat"}`,
	"assign": `{"agent":"maria"}`, "move": `{"queue":"sales"}`, "consult": `{"agent":"sam","note":"a refund?"}`, "transfer": `{"queue":"support","add":{"billing":50},"note":"urgent"}`, "snooze": `{"seconds":60}`, "trial": `{"sdp":"v=0 theirs"}`,
}

// atWork puts maria into a call whose lease is o-1.
func atWork(h *house) {
	h.with(func() {
		h.calls["maria"] = CallView{ID: "c-1", Lease: "o-1", State: "talking", Queue: "sales"}
		h.leases["o-1"] = routing.Lease{ID: "o-1", Agent: "maria", Interaction: "c-1", Queue: "sales", Kind: "work"}
	})
}

// The document names every address that the server answers to, and nothing else.
func TestTheDocumentIsComplete(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		var got []string
		for _, o := range operationsOf(w.browser()) {
			got = append(got, o.method+" "+o.path)
			if o.ID == "" || len(o.Responses) == 0 {
				t.Errorf("%s %s has no id or no answers", o.method, o.path)
			}
			if open := o.ID == "login" || o.ID == "phone"; open == (len(o.Security) > 0) {
				t.Errorf("%s: security %v", o.ID, o.Security)
			}
		}
		slices.Sort(got)
		want := strings.Fields(`
			GET./api/audit GET./api/caller-ids GET./api/events GET./api/floor GET./api/floor/today GET./api/history GET./api/history/{id} GET./api/interactions/{id}/explanation GET./api/nodes GET./api/phone
			GET./api/recordings/{id} GET./api/session GET./api/transfer-targets GET./api/why-not
			POST./api/agents/{id}/logout POST./api/agents/{id}/state POST./api/back POST./api/calls/{id}/barge POST./api/calls/{id}/complete POST./api/calls/{id}/consult POST./api/calls/{id}/digits POST./api/calls/{id}/end POST./api/calls/{id}/hold POST./api/calls/{id}/listen POST./api/calls/{id}/meet POST./api/calls/{id}/merge POST./api/calls/{id}/mute
			POST./api/calls/{id}/parties/{party}/complete POST./api/calls/{id}/parties/{party}/drop POST./api/calls/{id}/parties/{party}/mute POST./api/calls/{id}/parties/{party}/unmute
			POST./api/calls/{id}/resume POST./api/calls/{id}/swap POST./api/calls/{id}/take-back POST./api/calls/{id}/take-over POST./api/calls/{id}/transfer POST./api/calls/{id}/unmute POST./api/calls/{id}/whisper POST./api/dial POST./api/interactions/{id}/assign POST./api/interactions/{id}/move POST./api/login POST./api/logout POST./api/next POST./api/offers/{id}/accept
			POST./api/offers/{id}/decline POST./api/presence POST./api/presence/stay POST./api/sound/trial POST./api/work/{lease}/replied POST./api/work/{lease}/snooze
			POST./api/wrapup/{lease}`)
		for n := range want {
			want[n] = strings.Replace(want[n], ".", " ", 1)
		}
		if !slices.Equal(got, want) {
			t.Errorf("described\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// answers are of the commands that tell what came of them.
var answers = map[string]string{"dial": `{"call":"c-9"}`, "next": `{"lease":"o-next","interaction":"c-next"}`, "trial": `{"sdp":"v=0 ours","at":"127.0.0.1:8089"}`}

// theirs are a supervisor's, and for what is not the own.
var theirs = []string{"assign", "move", "listen", "whisper", "barge", "take-over"}

// Every command does what it says, once, and answers 204 or what came of it.
func TestCommands(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		maria := w.house.people["maria"]
		maria.Role = Supervisor // some commands are theirs
		w.house.people["maria"] = maria
		b := w.browser().login("maria")
		var logout described
		for _, o := range operationsOf(b) {
			switch {
			case o.ID == "logout":
				logout = o
			case o.method == "POST" && o.ID != "login" && !slices.Contains(theirs, o.ID):
				a := b.do(o.method, o.at(), good[o.ID])
				if want, tells := answers[o.ID]; tells && (a.status != 200 && a.status != 202 || strings.TrimSpace(string(a.body)) != want) || !tells && a.status != 204 {
					t.Errorf("%s: %s %s", o.ID, a, a.body)
				}
			}
		}
		if a := b.do("POST", logout.path, ""); a.status != 204 {
			t.Errorf("logout: %s", a)
		}
		want := "sign out maria by maria, choose away lunch for maria by maria, back maria, complete maria c-1, direct maria c-1 sam consult a refund?, digits maria c-1 12#, end maria c-1, hold maria c-1, meet maria c-1, merge maria c-1, mute maria c-1, " +
			"completeto maria c-1 l-7, drop maria c-1 l-7, muteparty maria c-1 l-7, unmuteparty maria c-1 l-7, resume maria c-1, swap maria c-1, takeback maria c-1, transfer maria c-1 {support 0 map[billing:50] [] urgent false}, unmute maria c-1, dial maria +331 +442, next maria chat, accept o-1, decline o-1, " +
			"choose maria away lunch, stay maria, try maria v=0 theirs, replied o-1, snooze o-1 1m0s, submit o-1 sold a blue one, logout maria"
		if got := w.house.did(); got != want {
			t.Errorf("did  %s\nwant %s", got, want)
		}
	})
}

// Nobody gets anywhere without a login, from another site's page, or without the header that no form can send.
func TestStrangersAreRefusedEverywhere(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		stranger, maria := w.browser(), w.browser().login("maria")
		for _, o := range operationsOf(stranger) {
			if len(o.Security) > 0 {
				if a := stranger.do(o.method, o.at(), good[o.ID]); a.String() != "401 no_session" {
					t.Errorf("%s without a login: %s", o.ID, a)
				}
				for _, cookie := range []string{"x", strings.Repeat("x", 43), strings.Repeat("x", 5000), "%00", "'; DROP TABLE sessions"} {
					a := stranger.do(o.method, o.at(), good[o.ID], func(r *http.Request) { r.Header.Set("Cookie", cookieName+"="+cookie) })
					if a.status != 401 {
						t.Errorf("%s with the cookie %.20q: %s", o.ID, cookie, a)
					}
				}
			}
			if o.method == "GET" {
				continue
			}
			for _, origin := range []string{"http://evil.example", "null", "https://callfloor.evil.example", "http://callfloor:81", "//callfloor", "callfloor"} {
				a := maria.do(o.method, o.at(), good[o.ID], func(r *http.Request) { r.Header.Set("Origin", origin) })
				if a.String() != "403 origin" {
					t.Errorf("%s from %s: %s", o.ID, origin, a)
				}
			}
			if a := maria.do(o.method, o.at(), good[o.ID], func(r *http.Request) { r.Header.Del("X-Callfloor") }); a.String() != "403 csrf" {
				t.Errorf("%s without the header: %s", o.ID, a)
			}
		}
		if did := w.house.did(); did != "" {
			t.Errorf("strangers did: %s", did)
		}
	})
}

// A proxy's other name for this house may be allowed.
func TestFurtherOrigins(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser()
		for origin, want := range map[string]int{"https://desk.example.org": 200, "https://DESK.example.org": 200, "http://desk.example.org": 403} {
			a := b.do("POST", "/api/login", good["login"], func(r *http.Request) { r.Header.Set("Origin", origin) })
			if a.status != want {
				t.Errorf("from %s: %s, want %d", origin, a, want)
			}
		}
	}, func(p *Parts) { p.Config.Origins = []string{"https://desk.example.org"} })
}

func TestBadBodies(t *testing.T) {
	long := strings.Repeat("x", maxBody)
	for name, c := range map[string]struct {
		body string
		want int
		kind string
	}{
		"nothing":            {"", 400, ""},
		"not JSON":           {"agent=maria", 400, ""},
		"half of it":         {`{"agent":"maria"`, 400, ""},
		"two of them":        {`{"chosen":"away"}{"chosen":"away"}`, 400, ""},
		"null":               {"null", 422, ""},
		"a list":             {"[]", 422, ""},
		"of other types":     {`{"agent":7,"password":true,"chosen":[],"keys":{},"code":1,"note":1}`, 422, ""},
		"unknown fields":     {`{"admin":true}`, 422, ""},
		"too long a value":   {`{"agent":"` + long[:501] + `","password":"` + long[:501] + `","reason":"` + long[:501] + `","keys":"` + long[:65] + `","code":"` + long[:101] + `"}`, 422, ""},
		"deeply nested":      {strings.Repeat("[", 30_000), 400, ""},
		"a form":             {"a=b", 415, "application/x-www-form-urlencoded"},
		"text":               {"{}", 415, "text/plain"},
		"not UTF-8":          {"{\"agent\":\"\xff\",\"password\":\"x\xff\"", 400, ""},
		"CBOR, if we had it": {"\xa0", 415, "application/cbor"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, w *world) {
				atWork(w.house)
				b := w.browser().login("maria")
				for _, o := range operationsOf(b) {
					if o.Body == nil {
						continue
					}
					a := b.do(o.method, o.at(), c.body, func(r *http.Request) {
						if c.kind != "" {
							r.Header.Set("Content-Type", c.kind)
						}
					})
					if a.status != c.want {
						t.Errorf("%s: %s, want %d: %s", o.ID, a, c.want, a.body)
					}
					if strings.Contains(string(a.body), long[:60]) {
						t.Errorf("%s repeats what was sent: %.200s", o.ID, a.body)
					}
				}
				if did := w.house.did(); did != "" {
					t.Errorf("done nevertheless: %s", did)
				}
			})
		})
	}
}

// A body without end is read no further than the limit.
func TestEndlessBodies(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		for _, o := range operationsOf(w.browser()) {
			if o.ID != "login" { // the others ask for a session first
				continue
			}
			body := &endless{}
			req := httptest.NewRequest(o.method, "http://callfloor"+o.at(), body)
			req.Header.Set("X-Callfloor", "1")
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, req)
			a := answer{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
			w.browser().checkProblem(o.ID, &a)
			if a.String() != "413 too_large" || body.read > 4*maxBody {
				t.Errorf("%s: %s after %d bytes", o.ID, a, body.read)
			}
		}
	})
}

// endless is a body that never comes to its end.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for n := range b {
		b[n] = ' '
	}
	e.read += len(b)
	return len(b), nil
}

func TestBadRequests(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		w.house.with(func() {
			w.house.leases["o-2"] = routing.Lease{ID: "o-2", Agent: "sam", Kind: "offer"}
			w.house.leases["o-3"] = routing.Lease{ID: "o-3", Agent: "maria", Queue: "support", Kind: "acw"}
		})
		b := w.browser().login("maria")
		for _, c := range []struct{ method, path, body, want string }{
			{"POST", "/api/presence", `{"chosen":"asleep"}`, "422 invalid"},
			{"POST", "/api/presence", `{"chosen":"away","reason":"paperwork"}`, "422 unknown_reason"},
			{"POST", "/api/presence", `{"chosen":"busy","reason":"lunch"}`, "422 unknown_reason"},
			{"POST", "/api/presence", `{"chosen":"available","reason":"lunch"}`, "422 unknown_reason"},
			{"POST", "/api/presence", `{}`, "422 invalid"},
			{"POST", "/api/calls/c-1/digits", `{"keys":"1;2"}`, "422 invalid"},
			{"POST", "/api/calls/c-1/digits", `{"keys":""}`, "422 invalid"},
			{"POST", "/api/calls/c-2/digits", `{"keys":"1"}`, "404 not_found"},
			{"POST", "/api/calls/c-2/hold", ``, "404 not_found"},
			{"POST", "/api/calls/" + strings.Repeat("c", 201) + "/hold", ``, "422 invalid"},
			{"POST", "/api/calls/c-1/explode", ``, "404 not_found"},
			{"POST", "/api/offers/o-2/accept", ``, "404 not_found"}, // sam's
			{"POST", "/api/offers/o-9/accept", ``, "409 gone"},
			{"POST", "/api/wrapup/o-2", `{"code":"sold"}`, "404 not_found"},
			{"POST", "/api/wrapup/o-1", `{}`, "422 disposition_required"},
			{"POST", "/api/wrapup/o-1", `{"code":"won"}`, "422 unknown_disposition"},
			{"POST", "/api/wrapup/o-3", `{"code":"sold"}`, "422 unknown_disposition"}, // another queue's
			{"GET", "/api/history?limit=0", ``, "422 invalid"},
			{"GET", "/api/history?limit=201", ``, "422 invalid"},
			{"GET", "/api/history?limit=x", ``, "422 invalid"},
			{"GET", "/api/history?q=" + strings.Repeat("x", 201), ``, "422 invalid"},
			{"GET", "/api/history/c-9", ``, "404 not_found"},
			{"GET", "/api/nowhere", ``, "404 not_found"},
			{"GET", "/api/login", ``, "404 not_found"},
			{"DELETE", "/api/session", ``, "404 not_found"},
			{"GET", "/api/", ``, "404 not_found"},
		} {
			if a := b.do(c.method, c.path, c.body); a.String() != c.want {
				t.Errorf("%s %.60s %s: %s, want %s", c.method, c.path, c.body, a, c.want)
			}
		}
		if did := w.house.did(); did != "" {
			t.Errorf("done nevertheless: %s", did)
		}
	})
}

// What the house refuses comes through as a conflict with its code; a fault of ours says nothing of its inside.
func TestRefusals(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		atWork(w.house)
		b := w.browser().login("maria")
		for _, c := range []struct {
			err  error
			want string
		}{
			{&routing.Conflict{Code: "taken"}, "409 taken"},
			{&routing.Conflict{Code: "expired"}, "409 expired"},
			{&routing.OpenWork{Leases: []string{"o-1"}}, "409 open_work"},
			{NewProblem(409, "not_now", "You cannot."), "409 not_now"},
			{errAway, "500 failed"},
		} {
			w.house.with(func() { w.house.refuses = c.err })
			a := b.do("POST", "/api/calls/c-1/hold", "")
			if a.String() != c.want || strings.Contains(string(a.body), errAway.Error()) {
				t.Errorf("%v: %s: %s", c.err, a, a.body)
			}
			if strings.HasSuffix(c.want, "open_work") && !slices.Equal(a.problem.Open, []string{"o-1"}) {
				t.Errorf("open work: %v", a.problem.Open)
			}
		}
	})
}

// A fault in one request is answered, and the server lives.
func TestAPanicIsAnswered(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser().login("maria")
		if a := b.do("GET", "/api/phone", ""); a.String() != "500 failed" {
			t.Errorf("the panic was answered %s: %s", a, a.body)
		}
		if got := b.session(); got != 200 {
			t.Errorf("after it: %d", got)
		}
	}, func(p *Parts) { p.Phone = brokenPhone{p.Phone} })
}

type brokenPhone struct{ Phone }

func (brokenPhone) Numbers() []Number { panic("on purpose") }

// Headers that make a browser careful are on everything.
func TestHeaders(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		b := w.browser()
		for _, path := range []string{"/api/phone", "/api/session", "/healthz", "/api/nowhere", "/openapi.json"} {
			h := b.do("GET", path, "").header
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") == "" ||
				h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: %v", path, h)
			}
			if strings.HasPrefix(path, "/api/") && (h.Get("Cache-Control") != "no-store" || h.Get("Content-Security-Policy") == "") {
				t.Errorf("%s may be cached or framed: %v", path, h)
			}
		}
	})
}
