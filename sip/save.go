package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/media"
)

// A leg outlives its process: Save is what another life of the same node needs to go on with it.

const (
	savedFormat = 1
	seqJump     = 1000 // more requests than a leg sends between two saves
)

// ErrSaved is returned for a saved leg that cannot be read.
var ErrSaved = errors.New("the saved leg is of no use")

// savedLeg is a leg in JSON. Its line may hold keys.
type savedLeg struct {
	Format        int
	ID            string
	Party         calls.Party
	Profile       media.Profile
	CallID, Tag   string
	Local, Remote string // our From and To of requests
	Target        string
	Routes        []string
	Transport     string
	Destination   string
	Seq           uint32        // of our last request
	Source        Source        // of a leg that came in
	Expires       time.Duration // of the session, 0 is never
	Updates       bool          // the far end takes UPDATE
	Every         time.Duration // of session refreshes by us
	Due           time.Time
	Line          json.RawMessage
}

// Save is all that Restore needs, as JSON with keys in it: whoever stores it keeps it as a secret. It is nil before the leg
// is up, after its end, and for a browser's, which comes back by itself. It asks the media loop, once: 500 legs every two
// seconds do not disturb it.
func (l *Leg) Save() []byte {
	l.mu.Lock()
	up := l.up && !l.ended
	s := savedLeg{Format: savedFormat, ID: l.id, Party: l.party, Profile: l.profile, Every: l.every, Due: l.due}
	s.Source, s.Expires, s.Updates = l.source, l.expires, l.updates
	l.mu.Unlock()
	if !up {
		return nil
	}
	if s.Line = l.line.Save(); s.Line == nil {
		return nil
	}
	l.dialog.save(&s)
	b, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return b
}

// Give is what Save is, for another node that asks the far end to follow while this leg lives: should the far end not follow,
// the next request of this leg has a higher number than those of that node (RFC 3261 section 12.2.2).
func (l *Leg) Give() []byte {
	saved := l.Save()
	l.dialog.mu.Lock()
	defer l.dialog.mu.Unlock()
	l.dialog.seq += 2 * seqJump
	return saved
}

func (d *dialog) save(s *savedLeg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.CallID, s.Tag, s.Local, s.Remote, s.Target = d.callID, d.localTag, d.local.Value(), d.remote.Value(), d.target.String()
	s.Transport, s.Destination, s.Seq = d.transport, d.destination, d.seq
	for _, r := range d.routes {
		s.Routes = append(s.Routes, r.Value())
	}
}

// Restore goes on with a leg that a former life of this node saved: silently, on the same ports, with the same keys. The leg
// says at once that it is answered, that it has sound, and that it is held if it is. Call it between Reopen and Ready.
// Errors wrap ErrSaved or media.ErrSaved, or say that ports are taken; nobody else is disturbed then.
func (e *Endpoint) Restore(saved []byte, room *media.Room) (*Leg, error) {
	s, err := readSaved(saved)
	if err != nil {
		return nil, err
	}
	l := e.namedLeg(s.ID, s.Party, room)
	l.profile, l.up = s.Profile, true
	if err := l.dialog.restore(s); err != nil {
		l.line.Close()
		return nil, err
	}
	e.mu.Lock()
	twice := e.dialog[l.key()] != nil
	e.mu.Unlock()
	if twice {
		l.line.Close()
		return nil, fmt.Errorf("%w: its dialog is there already", ErrSaved)
	}
	l.say(calls.Signal{Kind: calls.SigAnswered})
	l.say(calls.Signal{Kind: calls.SigAudio})
	if err := l.line.Restore(s.Line); err != nil {
		l.line.Close()
		return nil, fmt.Errorf("sip: %w", err)
	}
	if !e.join(l) {
		l.line.Close()
		return nil, errClosing
	}
	e.keep(l)
	l.continues(s)
	return l, nil
}

// continues takes up the session's timer.
func (l *Leg) continues(s savedLeg) {
	l.mu.Lock()
	l.source, l.updates = s.Source, s.Updates
	l.mu.Unlock()
	if s.Expires > 0 {
		l.lasts(s.Expires, s.Every > 0)
	}
	if s.Every > 0 {
		l.refreshIn(max(0, time.Until(s.Due)), s.Every)
	}
}

// readSaved checks what comes from outside.
func readSaved(b []byte) (s savedLeg, err error) {
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	switch {
	case s.Format != savedFormat:
		err = fmt.Errorf("%w: format %d", ErrSaved, s.Format)
	case s.ID == "" || s.CallID == "" || s.Tag == "":
		err = fmt.Errorf("%w: it has no name", ErrSaved)
	case s.Transport != "udp" && s.Transport != "tcp" && s.Transport != "tls":
		err = fmt.Errorf("%w: transport %q", ErrSaved, s.Transport)
	case s.Seq >= 1<<31-2*seqJump: // RFC 3261 section 8.1.1.5
		err = fmt.Errorf("%w: CSeq %d", ErrSaved, s.Seq)
	case s.Expires < 0 || s.Expires > 1<<31*time.Second:
		err = fmt.Errorf("%w: a session of %v", ErrSaved, s.Expires)
	case s.Every != 0 && s.Every < time.Second:
		err = fmt.Errorf("%w: refreshed every %v", ErrSaved, s.Every)
	}
	return s, err
}

// restore fills the dialog. Our requests have higher numbers than any that may have been sent since.
func (d *dialog) restore(s savedLeg) error {
	from := &sipmsg.FromHeader{Params: sipmsg.NewParams()}
	to := &sipmsg.ToHeader{Params: sipmsg.NewParams()}
	var err, err2 error
	from.DisplayName, err = sipmsg.ParseAddressValue(s.Local, &from.Address, &from.Params)
	to.DisplayName, err2 = sipmsg.ParseAddressValue(s.Remote, &to.Address, &to.Params)
	if err = errors.Join(err, err2, sipmsg.ParseUri(s.Target, &d.target)); err != nil {
		return fmt.Errorf("%w: %w", ErrSaved, err)
	}
	if tag, _ := to.Params.Get("tag"); tag == "" {
		return fmt.Errorf("%w: half a dialog", ErrSaved)
	}
	d.callID, d.localTag, d.local, d.remote, d.seq = s.CallID, s.Tag, from, to, s.Seq+seqJump
	for _, r := range s.Routes {
		d.routes = append(d.routes, sipmsg.NewHeader("Route", r))
	}
	d.transport, d.destination = s.Transport, s.Destination
	if d.transport == "udp" {
		if _, _, err := net.SplitHostPort(d.destination); err != nil {
			return fmt.Errorf("%w: %w", ErrSaved, err)
		}
		return nil
	}
	d.destination = d.firstHop() // the connection that it had is gone
	return nil
}

// firstHop is where a new connection to the far end leads: to its first proxy, or to its Contact.
func (d *dialog) firstHop() string {
	hop := d.target
	if len(d.routes) > 0 {
		var u sipmsg.Uri
		params := sipmsg.NewParams()
		if _, err := sipmsg.ParseAddressValue(d.routes[0].Value(), &u, &params); err == nil {
			hop = u
		}
	}
	port := hop.Port
	switch {
	case port != 0:
	case d.transport == "tls":
		port = 5061
	default:
		port = 5060
	}
	return net.JoinHostPort(hop.Host, strconv.Itoa(port))
}
