package media

import (
	"maps"
	"slices"
	"sync"
)

// Plan is who hears whom, all at once. It is never changed, only replaced, so that nobody overhears a half-made
// arrangement.
type Plan struct {
	Seats []Seat
	Takes []Take
}

// Seat is one listener.
type Seat struct {
	Line  string    // who listens
	Hears []string  // the lines heard, of several their sum; none is silence
	Plays *Playback // heard instead of Hears while it lasts
}

// Take is what a tap keeps: of each channel's lines the sum.
type Take struct {
	Tap         *Tap
	Left, Right []string // with neither the tap stands still
	Quiet       bool     // both channels are silent, and the tap runs
}

// Room is the lines of one call, all on one loop.
type Room struct {
	engine *Engine
	loop   *loop
	mu     sync.Mutex
	lines  map[string]*Line
	closed bool
	taps   []*Tap // the loop's
}

// Set swaps the plan from the next packet on. A line that closed while the plan was made neither hears nor is heard.
// The error says that the engine is closed.
func (r *Room) Set(p Plan) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Collect(maps.Values(r.lines))
	seats, takes := make([]seat, 0, len(p.Seats)), make([]take, 0, len(p.Takes))
	for _, s := range p.Seats {
		if line := r.lines[s.Line]; line != nil {
			if s.Plays != nil && line.wide.Load() {
				s.Plays.widen()
			}
			seats = append(seats, seat{line, r.found(s.Hears, line), s.Plays})
		}
	}
	for _, t := range p.Takes {
		if t.Tap != nil {
			takes = append(takes, take{t, r.found(t.Left, nil), r.found(t.Right, nil)})
		}
	}
	return r.loop.post(func() {
		empty(all, seats)
		for _, s := range seats {
			s.fill()
		}
		r.retap(takes)
		for _, l := range all {
			l.speaks()
		}
	})
}

// seat and take are those of a plan with their lines.
type seat struct {
	line  *Line
	hears []*Line
	plays *Playback
}

type take struct {
	Take
	left, right []*Line
}

// found are the lines of these names, each once, but for one.
func (r *Room) found(ids []string, but *Line) (lines []*Line) {
	for _, id := range ids {
		if l := r.lines[id]; l != nil && l != but && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return lines
}

// empty lets nobody hear anything. What nobody plays any more is stopped.
func empty(all []*Line, seats []seat) {
	playing := make(map[*Playback]bool, len(seats))
	for _, s := range seats {
		playing[s.plays] = true
	}
	for _, l := range all {
		if l.plays != nil && !playing[l.plays] {
			l.plays.stop(false)
		}
		l.plays, l.hears, l.mixes = nil, nil, nil
		l.hearers, l.mixers, l.tapped = l.hearers[:0], l.mixers[:0], l.tapped[:0]
	}
}

// fill lets a listener hear: one line as its packets come, several mixed.
func (s seat) fill() {
	s.line.plays = s.plays
	switch len(s.hears) {
	case 0:
	case 1:
		s.line.hears = s.hears[0]
		s.hears[0].hearers = append(s.hears[0].hearers, s.line)
	default:
		s.line.mixes = s.hears
		if s.line.mixer == nil {
			s.line.mixer = &mixer{}
		}
		for _, l := range s.hears {
			l.mixers = append(l.mixers, s.line)
		}
	}
}

// retap lets the taps follow the plan.
func (r *Room) retap(takes []take) {
	var taps []*Tap
	for _, t := range takes {
		taps = append(taps, t.Tap)
		if !slices.Contains(r.taps, t.Tap) {
			r.loop.taps = append(r.loop.taps, t.Tap)
		}
		t.Tap.rests = len(t.left)+len(t.right) == 0 && !t.Quiet
		t.Tap.left.keeps(t.left, t.Quiet)
		t.Tap.right.keeps(t.right, t.Quiet)
	}
	for _, t := range r.taps {
		if !slices.Contains(taps, t) {
			r.loop.untap(t)
		}
	}
	r.taps = taps
}

// Line opens a line; it has no sockets until it is offered or answered. notify is called from the loop and must not
// block.
func (r *Room) Line(id string, o LineOptions) *Line {
	if len(o.Codecs) == 0 {
		o.Codecs = r.engine.codecs
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
		r.retap(nil)
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
