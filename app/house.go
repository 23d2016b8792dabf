package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/sip"
)

// house is what the SIP endpoint asks: who may register, which numbers exist, where a call goes.
type house struct{ *App }

// Account finds the password of a desk phone, or of a browser that logged in a while ago.
func (h house) Account(user string) (sip.Account, bool) {
	if agent, password, ok := h.api.Account(h.life, user); ok {
		return sip.Account{Agent: agent, Password: password, Browser: true}, true
	}
	agent, ok := h.current().Agent(user)
	if !ok || agent.PhonePassword == "" {
		return sip.Account{}, false
	}
	return sip.Account{Agent: agent.ID, Password: string(agent.PhonePassword)}, true
}

// Entry says whether somebody may call a number.
func (h house) Entry(dialled string, s sip.Source) (ok, anonymous bool) {
	e, ok := h.current().Entry(dialled, s)
	return ok, ok && e.Anonymous
}

// Registered brings an agent's device to routing's notice, and back into the call it was in.
func (h house) Registered(agent string, browser bool) {
	if !h.deviceChanged(agent, browser, true) {
		return
	}
	h.back(agent)
}

// Unregistered takes an agent's device out of routing.
func (h house) Unregistered(agent string, browser bool) { _ = h.deviceChanged(agent, browser, false) }

// deviceChanged tells routing, and the caller whether it is the kind of device the agent works with.
func (h house) deviceChanged(agent string, browser, there bool) (theirs bool) {
	a, ok := h.current().Agent(agent)
	if !ok {
		return false
	}
	if err := h.devices.registered(agent, browser, there, a.AtBrowser()); err != nil {
		h.log.Error("device not noted", "agent", agent, "err", err)
	}
	return a.AtBrowser() == browser
}

// Incoming starts a call at the entry point that was dialled.
func (h house) Incoming(leg *sip.Leg, s sip.Source, dialled string) {
	ed := h.now.Load()
	config := ed.config
	entry, ok := config.Entry(dialled, s)
	if !ok { // it was there a moment ago: the configuration changed
		leg.Hangup(calls.NotFound)
		return
	}
	facts := map[string]string{
		"from": leg.Party().Address, "name": leg.Party().Name, "to": dialled, "entry": entry.Name, "flow": entry.Flow,
		"direction": "in", "source": strings.TrimSuffix(s.Kind+" "+s.Name, " "), "node": h.node,
	}
	setup, k := h.setup(ed, newCallID(), leg, facts)
	setup.Script = func(ctx context.Context, c *calls.Call) error { return k.run(ctx, c, entry.Flow) }
	h.floor.keep(calls.Start(h.life, setup))
}

// setup is what every call is made of, and who lets its flow talk to it; the script is yet to be said.
func (a *App) setup(ed *edition, id string, leg *sip.Leg, facts map[string]string) (calls.Setup, *contact) {
	k := &contact{speaker: ed.speaker, log: a.log, config: ed.config, now: a.current, open: a.drain.open, data: map[string]string{
		"from": facts["from"], "name": facts["name"], "to": facts["to"], "entry": facts["entry"],
	}}
	return calls.Setup{
		ID: id, Customer: leg, Facts: facts, Room: leg.Room(), Whom: a.whom,
		Dialer: dialer{a, leg.Room(), id}, Router: router{a.router}, Recorder: a.recordings, Journal: journal{a.state.Journal()},
		Keeper: keeper{a.kept, a.share}, HoldMusic: ed.holdMusic, Ringing: ed.ringing, ShowListeners: ed.config.ShowListeners, Grace: ed.config.Limits.Grace, Log: a.log,
	}, k
}

// newCallID is short enough to say and long enough to be unique.
func newCallID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return "c-" + strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString(b[:]), "="))
}
