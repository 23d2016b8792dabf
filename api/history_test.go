package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/records"
	"github.com/callfloor/callfloor/routing"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// row is a talk of an agent in a queue, with a recording.
func row(id, agent, queue, disposition string) records.Interaction {
	return records.Interaction{
		ID: id, Channel: "voice", From: "+15550100", Started: noon, Ended: noon.Add(time.Minute), Cause: "normal", Queue: queue,
		Agent: agent, Disposition: disposition, Talked: 30 * time.Second, Recording: id + ".wav", Recorded: 30 * time.Second,
		Segments: []records.Segment{{
			Queue: queue, Agent: agent, Outcome: "served", Connected: noon.Add(time.Second), Disposition: disposition,
		}},
	}
}

func (b *browser) history() []Interaction {
	b.t.Helper()
	var out struct{ Items []Interaction }
	if err := json.Unmarshal(b.do("GET", "/api/history", "").body, &out); err != nil {
		b.t.Fatal(err)
	}
	return out.Items
}

// The history speaks in labels; what is not configured any more shows its code.
func TestTheHistorySpeaksInLabels(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.rows = []records.Interaction{
			row("c-1", "maria", "sales", "no_interest"), row("c-2", "maria", "old_queue", "old_code"), row("c-3", "maria", "sales", "old_code"),
		}
		b := w.browser().login("maria")
		items := b.history()
		if len(items) != 3 {
			t.Fatalf("found %d", len(items))
		}
		for n, want := range []string{"Maria Lopez: Sales, No interest", "Maria Lopez: old_queue, old_code", "Maria Lopez: Sales, old_code"} {
			i := items[n]
			if got := i.AgentName + ": " + i.QueueLabel + ", " + i.DispositionLabel; got != want {
				t.Errorf("the list says %q, want %q", got, want)
			}
			var one Interaction
			if err := json.Unmarshal(b.do("GET", "/api/history/"+i.ID, "").body, &one); err != nil {
				t.Fatal(err)
			}
			s := one.Segments[0]
			if got := s.AgentName + ": " + s.QueueLabel + ", " + s.DispositionLabel; got != want {
				t.Errorf("the segment says %q, want %q", got, want)
			}
			if i.Disposition == "" || i.Queue == "" || i.Agent != "maria" {
				t.Errorf("the codes are gone: %+v", i)
			}
		}
		w.house.with(func() { delete(w.house.people, "sam") })
		w.house.rows[0].Agent = "sam"
		if got := b.history()[0].AgentName; got != "sam" {
			t.Errorf("an agent who left is called %q", got)
		}
	})
}

// A call that goes on has no end; that is how programs know.
func TestALiveCallHasNoEnd(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		i := row("c-1", "maria", "sales", "")
		i.Ended, i.Cause = time.Time{}, ""
		w.house.rows = []records.Interaction{i}
		if got := w.browser().login("maria").history()[0]; got.Ended != nil || got.Started == nil {
			t.Errorf("it says: %+v", got)
		}
	})
}

// Agents see their own talks, supervisors those of their queues; all else does not exist for them.
func TestWhoMaySeeAndHear(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		file := filepath.Join(t.TempDir(), "x.wav")
		if err := os.WriteFile(file, []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.house.rows = []records.Interaction{
			row("marias", "maria", "sales", ""), row("sams", "sam", "sales", ""), row("supports", "tom", "support", ""), row("toms", "tom", "sales", ""),
		}
		for _, r := range w.house.rows {
			w.house.files[r.ID] = file
		}
		for agent, may := range map[string]string{"maria": "marias", "sam": "sams supports"} {
			b := w.browser().login(agent)
			var listed []string
			for _, i := range b.history() {
				listed = append(listed, i.ID)
			}
			if got := strings.Join(listed, " "); got != may {
				t.Errorf("%s sees %q, want %q", agent, got, may)
			}
			for _, r := range w.house.rows {
				want := 404
				if strings.Contains(" "+may+" ", " "+r.ID+" ") {
					want = 200
				}
				for _, path := range []string{"/api/history/", "/api/recordings/"} {
					if a := b.do("GET", path+r.ID, ""); a.status != want {
						t.Errorf("%s asks for %s%s: %s, want %d", agent, path, r.ID, a, want)
					}
				}
			}
		}
	})
}

// A call went on at another server: the history says where its recording has a gap, and which part is not there; who listens is
// told that something is missing.
func TestTheHistoryTellsOfParts(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		file := filepath.Join(t.TempDir(), "c-1.wav")
		if err := os.WriteFile(file, []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
		whole, parted := row("c-1", "maria", "sales", ""), row("c-2", "maria", "sales", "")
		began := time.Now().Truncate(time.Second)
		whole.Parts = []records.Part{{File: "c-1.wav", Node: "n-1"}}
		parted.Parts = []records.Part{
			{File: "a", Node: "gone", Began: began.UnixMilli(), Length: 7 * time.Second},
			{File: "b", Node: "n-2", Began: began.Add(time.Minute).UnixMilli(), Silence: 11_500 * time.Millisecond},
		}
		w.house.rows = []records.Interaction{whole, parted}
		w.house.files["c-1"], w.house.files["c-2"] = file, file
		b := w.browser().login("maria")
		h := b.history()
		if h[0].RecordingParts != nil {
			t.Errorf("a whole recording has parts: %+v", h[0].RecordingParts)
		}
		want := fmt.Sprintf(`[{"server":"gone","began":%q,"silence":0,"seconds":7,"there":false},{"server":"n-2","began":%q,"silence":11.5,"seconds":0,"there":true}]`,
			began.UTC().Format(time.RFC3339), began.Add(time.Minute).UTC().Format(time.RFC3339))
		if got, err := json.Marshal(h[1].RecordingParts); string(got) != want || err != nil {
			t.Errorf("it says %s, want %s", got, want)
		}
		for missing, want := range []string{"", "1"} {
			w.house.with(func() { w.house.missing = missing })
			if got := b.do("GET", "/api/recordings/c-2", "").header.Get(missingHeader); got != want {
				t.Errorf("of %d missing parts it says %q", missing, got)
			}
		}
	})
}

func TestARecordingIsPlayedInParts(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		sound := bytes.Repeat([]byte("0123456789"), 1000)
		file := filepath.Join(t.TempDir(), "c-1.wav")
		if err := os.WriteFile(file, sound, 0o600); err != nil {
			t.Fatal(err)
		}
		w.house.rows = []records.Interaction{row("c-1", "maria", "sales", ""), row("c-2", "maria", "sales", ""), row("c-3", "maria", "sales", "")}
		w.house.rows[2].Recording = ""
		w.house.files["c-1"], w.house.files["c-2"] = file, file+".gone"
		b := w.browser().login("maria")
		for name, c := range map[string]struct {
			ranges string
			status int
			want   []byte
			told   string
		}{
			"whole":           {"", 200, sound, ""},
			"a part":          {"bytes=10-14", 206, []byte("01234"), "bytes 10-14/10000"},
			"the rest":        {"bytes=9995-", 206, []byte("56789"), "bytes 9995-9999/10000"},
			"the end":         {"bytes=-3", 206, []byte("789"), "bytes 9997-9999/10000"},
			"beyond the end":  {"bytes=10000-", 416, nil, "bytes */10000"},
			"more than there": {"bytes=9999-99999", 206, []byte("9"), "bytes 9999-9999/10000"},
			"nonsense":        {"bytes=x", 416, nil, ""},
			"another unit":    {"seconds=1-2", 416, nil, ""},
		} {
			req := func(r *http.Request) {
				if c.ranges != "" {
					r.Header.Set("Range", c.ranges)
				}
			}
			a := b.do("GET", "/api/recordings/c-1", "", req)
			if a.status != c.status || a.header.Get("Content-Range") != c.told && c.told != "" || c.want != nil && !bytes.Equal(a.body, c.want) {
				t.Errorf("%s: %d %q, %d bytes", name, a.status, a.header.Get("Content-Range"), len(a.body))
			}
			if a.status < 300 && (a.header.Get("Content-Type") != "audio/wav" || a.header.Get("Accept-Ranges") != "bytes") {
				t.Errorf("%s: %v", name, a.header)
			}
		}
		for id, why := range map[string]string{"c-2": "its file was deleted", "c-3": "nothing was recorded", "c-9": "no such call"} {
			if a := b.do("GET", "/api/recordings/"+id, ""); a.String() != "404 not_found" {
				t.Errorf("%s (%s): %s", id, why, a)
			}
		}
	})
}

// No address leads out of the recordings.
func TestNoWayOutOfTheRecordings(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.house.rows = []records.Interaction{row("c-1", "maria", "sales", "")}
		b := w.browser().login("maria")
		for _, path := range []string{
			"../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "c-1/../../../etc/passwd", "c-1%2f..%2fc-1", "c-1%00.wav",
			"*", "%2a", "....//....//etc/passwd", "..%5c..%5cetc%5cpasswd", "c-1.wav", "%", "c-1;x", "/etc/passwd", "",
		} {
			req, err := http.NewRequest("GET", "http://callfloor/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Opaque = "//callfloor/api/recordings/" + path // as it is, with its dots
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			res, err := b.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode == 200 {
				t.Errorf("%q is answered", path)
			}
		}
	})
}

// A disposition that no agent chose is shown in words, too.
func TestTheSystemsDispositionInWords(t *testing.T) {
	if got := (&API{}).disposition("sales", routing.TimedOut); got != "None in time" {
		t.Errorf("shown as %q", got)
	}
}
