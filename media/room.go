package media

import (
	"maps"
	"slices"
	"sync"
)

// Plan is who hears whom, all at once. It is never changed, only replaced, so that nobody overhears a half-made
// arrangement.
type Plan struct {
	Seats       []Seat
	Tap         *Tap   // nil records nothing; with neither side it stands still
	Left, Right string // the lines whose sound the tap's channels keep; "" is silence
}

// Seat is one listener.
type Seat struct {
	Line  string    // who listens
	Hears string    // the line heard; "" is silence
	Plays *Playback // heard instead of Hears while it lasts
}

// Room is the lines of one call, all on one loop.
type Room struct {
	engine *Engine
	loop   *loop
	mu     sync.Mutex
	lines  map[string]*Line
	closed bool
	tap    *Tap // the loop's
}

// Set swaps the plan from the next packet on. A line that closed while the plan was made neither hears nor is heard.
// The error says that the engine is closed.
func (r *Room) Set(p Plan) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := slices.Collect(maps.Values(r.lines))
	left, right := r.lines[p.Left], r.lines[p.Right]
	type seat struct {
		line, hears *Line
		plays       *Playback
	}
	seats := make([]seat, 0, len(p.Seats))
	for _, s := range p.Seats {
		if line := r.lines[s.Line]; line != nil {
			seats = append(seats, seat{line, r.lines[s.Hears], s.Plays})
		}
	}
	return r.loop.post(func() {
		playing := make(map[*Playback]bool, len(seats))
		for _, l := range lines {
			l.hearers = l.hearers[:0]
			l.tapped = nil
		}
		for _, s := range seats {
			playing[s.plays] = true
		}
		for _, l := range lines {
			if l.plays != nil && !playing[l.plays] {
				l.plays.stop(false)
			}
			l.plays, l.hears = nil, nil
		}
		for _, s := range seats {
			s.line.plays, s.line.hears = s.plays, s.hears
			if s.hears != nil {
				s.hears.hearers = append(s.hears.hearers, s.line)
			}
		}
		r.retap(p.Tap, left, right)
	})
}

// retap lets the tap follow the plan.
func (r *Room) retap(t *Tap, left, right *Line) {
	if r.tap != nil && r.tap != t {
		r.loop.untap(r.tap)
	}
	if t != nil && r.tap != t {
		r.loop.taps = append(r.loop.taps, t)
	}
	r.tap = t
	if t == nil {
		return
	}
	t.rests = left == nil && right == nil
	if left != nil {
		left.tapped = &t.left
	}
	if right != nil {
		right.tapped = &t.right
	}
}

// Line opens a line; it has no sockets until it is offered or answered. notify is called from the loop and must not
// block.
func (r *Room) Line(id string, o LineOptions) *Line {
	if len(o.Codecs) == 0 {
		o.Codecs = []Codec{PCMU, PCMA}
	}
	l := newLine(r, id, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines[id] = l
	return l
}

// Close ends every line and the recording.
func (r *Room) Close() {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.closed = true
	lines := maps.Clone(r.lines) // a line that ends by itself leaves the map
	r.mu.Unlock()
	for _, l := range lines {
		l.Close()
	}
	_ = r.loop.do(func() {
		r.retap(nil, nil, nil)
		for _, l := range lines {
			if l.plays != nil {
				l.plays.stop(false)
			}
		}
	})
}

func (r *Room) forget(l *Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines[l.id] == l {
		delete(r.lines, l.id)
	}
}
