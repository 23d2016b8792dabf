package app

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/media/audio"
)

// walk is ann, who is maria's at first, and three more at desk phones, of whom two supervise. All phones are lifted at once.
type walk struct {
	t      *testing.T
	n      *node
	ann    *singing
	phones map[string]*deskPhone
	people map[string]*person
	call   string
	dice   *rand.Rand
	done   int // so many commands were not refused
	did    []string
}

var (
	agents = []string{"maria", "sam", "ines", "tom"}
	tones  = map[string]float64{"ann": 440, "maria": 1000, "sam": 700, "ines": 1310, "tom": 1630}
)

func newWalk(t *testing.T) *walk {
	n := prepare(t)
	phones(n)
	hash := "\"$argon2id$v=19$m=19456,t=2,p=1$8EUMwOWFUL30y49i8L/Pdg$pOVbybYmLYE7O9ZNgNtTbTkeQ8igFPEGeGYM8WEDS6o\""
	more := ""
	for id, role := range map[string]string{"ines": "supervisor", "tom": "agent"} {
		more += fmt.Sprintf("  - {id: %s, queues: [sales, support], password: %s, role: %s, device: phone, phone_password: %q}\n", id, hash, role, phonePassword)
	}
	n.edit("agents.yaml", "  - id: sam\n", more+"  - id: sam\n")
	n.edit("queues.yaml", "kind: timed ", "kind: immediate ")
	n.edit("queues.yaml", "for: 30s ", "#or: 30s ")
	n.start()
	w := &walk{t: t, n: n, phones: map[string]*deskPhone{}, people: map[string]*person{}, dice: rand.New(rand.NewPCG(7, 11))}
	for _, a := range agents {
		w.phones[a] = n.phoneOf(a, tones[a])
		w.phones[a].mu.Lock()
		w.phones[a].eager = true
		w.phones[a].mu.Unlock()
	}
	w.people["maria"], _ = n.available("maria")
	w.ann = n.sings("ann", tones["ann"])
	w.ann.presses("100", "ann", "1")
	until(t, "maria talks with ann", func() bool { return w.view() != nil })
	w.call = w.view().ID
	for _, a := range agents[1:] {
		w.people[a], _ = n.available(a)
	}
	return w
}

// view is the call as the agent sees it who has it; nil while nobody has.
func (w *walk) view() *api.CallView {
	for _, a := range agents {
		if v, ok := w.n.callOf(w.t.Context(), a); ok && v.Place == "" && (v.State == "talking" || v.State == "held") {
			return &v
		}
	}
	return nil
}

// step is one command of somebody, which may well be refused.
func (w *walk) step() {
	who, other := w.any(agents), w.any(agents)
	if v := w.view(); v != nil && w.dice.IntN(2) == 0 { // others may do little
		who = v.Agent
	}
	all := []string{
		"hold", "resume", "mute", "unmute", "swap", "merge", "meet", "take-back", "listen", "whisper", "barge", "take-over", "consult", "consult", "consult",
		"parties/" + other + "/drop", "parties/" + other + "/mute", "parties/" + other + "/unmute", "parties/" + other + "/complete", "complete", "transfer", "end",
	}
	verb, body := w.any(all), ""
	switch verb {
	case "consult", "transfer":
		body = `{"agent":"` + other + `"}`
	case "end":
		if v := w.view(); v == nil || v.Agent == who && !slices.ContainsFunc(v.Members, func(m api.Member) bool { return m.Place == "among" && m.State == "talking" }) {
			return // the call would be over
		}
	}
	status, answer := w.people[who].do("POST", "/api/calls/"+w.call+"/"+verb, body)
	w.did = append(w.did, fmt.Sprintf("%s %s %s: %d", who, verb, body, status))
	if status == 204 {
		w.done++
	}
	if status >= 500 || status == 0 {
		w.t.Errorf("%s %s: %d %s", who, verb, status, answer)
	}
}

func (w *walk) any(of []string) string { return of[w.dice.IntN(len(of))] }

// agrees waits until the call stands still and everybody hears just those whom the view says, and ann is not alone.
func (w *walk) agrees() {
	w.t.Helper()
	var what string
	defer func() {
		if w.t.Failed() {
			w.t.Fatalf("%s\nafter %s", what, strings.Join(w.did[max(0, len(w.did)-12):], "\n      "))
		}
	}()
	deadline := time.Now().Add(15 * time.Second)
	for what = "?"; what != ""; what = w.differs() {
		if time.Now().After(deadline) {
			w.t.Error("it does not come to rest")
			return
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // sound takes its time
	}
}

// differs is what is not as it should be yet.
func (w *walk) differs() string {
	v := w.view()
	if v == nil {
		return "nobody has ann"
	}
	ids := map[string]string{}
	for _, m := range v.Members {
		ids[m.ID] = name(m)
	}
	for _, m := range v.Members {
		if m.State != "talking" && m.State != "held" {
			return name(m) + " is " + m.State
		}
		var due []string
		for _, id := range m.Hears {
			due = append(due, ids[id])
		}
		if wrong := w.hears(name(m), due); wrong != "" {
			return wrong
		}
	}
	return alone(v.Members[0], v.Members[1:])
}

// alone tells of a customer who is with nobody and hears no music, or does not hear who is with them and not muted.
func alone(ann api.Member, others []api.Member) string {
	with := 0
	for _, m := range others {
		if m.Place != "" && m.Place != "among" || !slices.Contains(m.Hears, ann.ID) {
			continue
		}
		with++
		if !m.Muted && !slices.Contains(ann.Hears, m.ID) {
			return "ann does not hear " + name(m) + ", who hears her"
		}
	}
	if with == 0 && ann.State != "held" {
		return "ann is with nobody"
	}
	return ""
}

func name(m api.Member) string {
	if m.Agent != "" {
		return m.Agent
	}
	return "ann"
}

// hears is what a party hears though it should not, or does not though it should; whoever listens unseen hears more than is shown.
func (w *walk) hears(who string, due []string) string {
	v := w.ann.voice
	if who != "ann" {
		v = w.phones[who].voice
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, other := range slices.Sorted(maps.Keys(tones)) {
		l, want := audio.Level(v.ear, tones[other], audio.Rate), slices.Contains(due, other)
		if want && l < 0.1 || !want && l > 0.03 {
			return fmt.Sprintf("%s hears %s at %.3f, of %s", who, other, l, due)
		}
	}
	return ""
}

// Two hundred commands that are carried out, and many that are refused, of four agents over one caller: now and then everybody must hear just those whom the console shows, and the caller
// somebody or music; at the end nothing is left of it in the ledger, on the phones and on the floor, and the history and the recording are whole.
func TestARandomWalkOfCommands(t *testing.T) {
	w := newWalk(t)
	for n, checked := 1, 0; w.done < 200; n++ {
		w.step()
		if w.done >= checked+8 || n%200 == 0 {
			checked = w.done
			w.agrees()
		}
	}
	w.ann.hangsUp("100", "ann")
	for a, p := range w.phones {
		until(t, a+"'s phone is free", func() bool {
			select {
			case <-p.over:
				return true
			default:
				return p.rings() == ""
			}
		})
	}
	until(t, "no call is left", func() bool { return w.n.floor.size() == 0 })
	findings, err := AskDoctor(t.Context(), w.n.data)
	if err != nil || len(findings) > 0 {
		t.Errorf("the doctor finds %v, %v", findings, err)
	}
	for _, a := range agents {
		if s := w.n.agent(a); len(s.Leases) > 0 && s.Leases[0].Kind != "acw" {
			t.Errorf("%s still has %+v", a, s.Leases)
		}
	}
	until(t, "the history is whole", func() bool {
		for _, row := range w.people["maria"].history() {
			if row.Ended == "" || row.RecordingSeconds == 0 {
				return false
			}
		}
		return true
	})
}
