package records

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/callfloor/callfloor/state"
)

// change is what one kind of event does to the row it belongs to.
type change func(*Interaction, state.Event)

// changeOf is the table of events that are remembered; nil for all others. Facts of one call come from two writers,
// the call itself and routing's scripts, and may cross: no change relies on the order between the two.
func changeOf(what string) change {
	switch what {
	case "call.started":
		return callStarted
	case "call.revived":
		return callRevived
	case "call.answered":
		return callAnswered
	case "flow.step":
		return flowStep
	case "flow.key":
		return flowKey
	case "interaction.queued", "interaction.requeued":
		return queued
	case "interaction.restored":
		return restored
	case "interaction.left":
		return left
	case "offer.made":
		return offerMade
	case "offer.accepted":
		return offerAccepted
	case "offer.connected":
		return offerConnected
	case "offer.declined", "offer.missed", "offer.withdrawn", "offer.customer_gone", "offer.device_failed":
		return offerEnded
	case "offer.orphaned":
		return offerOrphaned
	case "consult.ended":
		return consultEnded
	case "join.begun":
		return offerMade
	case "join.ended":
		return joinEnded
	case "call.party_called":
		return partyCalled
	case "call.party_joined":
		return partyJoined
	case "call.party_left", "call.party_failed":
		return partyLeft
	case "call.connected":
		return callConnected
	case "call.released":
		return callReleased
	case "work.ended":
		return workEnded
	case "acw.ended":
		return wrapupEnded
	case "disposition.set":
		return dispositionSet
	case "recording.started", "recording.ended":
		return recorded
	case "call.ended":
		return callEnded
	}
	return nil
}

// subject is the id of the interaction an event belongs to, "" when it belongs to none that is remembered.
func subject(e state.Event) string {
	if changeOf(e.What) == nil {
		return ""
	}
	if id := e.Get("call"); id != "" {
		return clean(id, maxName)
	}
	return clean(e.Get("interaction"), maxName)
}

// apply returns the row as it is after the event. It is pure: neither argument is changed.
func apply(i Interaction, e state.Event) Interaction {
	do := changeOf(e.What)
	if do == nil {
		return i
	}
	i.Segments, i.Path, i.Parts = slices.Clone(i.Segments), slices.Clone(i.Path), slices.Clone(i.Parts)
	i.certain()
	i.ID = subject(e)
	if i.Channel == "" {
		i.Channel = "voice"
	}
	if i.Started.IsZero() {
		i.Started = at(e) // until call.started says better
	}
	do(&i, e)
	i.derive()
	return i
}

// at is the moment of an event, to the millisecond, as every database keeps it.
func at(e state.Event) time.Time { return moment(e.At.UnixMilli()) }

func moment(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func length(e state.Event, key string) time.Duration {
	ms, err := strconv.ParseInt(e.Get(key), 10, 64)
	if err != nil || ms < 0 || ms > int64(time.Duration(1<<62)/time.Millisecond) {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

func name(e state.Event, key string) string { return clean(e.Get(key), maxName) }

func callStarted(i *Interaction, e state.Event) {
	i.Started = at(e)
	i.From, i.Name, i.To = name(e, "from"), name(e, "name"), name(e, "to")
	i.Entry, i.Flow = name(e, "entry"), name(e, "flow")
	i.Direction, i.Source = name(e, "direction"), name(e, "source")
	i.Node = name(e, "node")
}

// callRevived: the call outlived its process. What its first word was may be lost with an embedded journal.
func callRevived(i *Interaction, e state.Event) {
	if i.Revived = at(e); i.Node != "" {
		i.Node = name(e, "node")
		return
	}
	callStarted(i, e)
	if ms, err := strconv.ParseInt(e.Get("began"), 10, 64); err == nil && ms > 0 {
		i.Started = moment(ms)
	}
}

func callAnswered(i *Interaction, e state.Event) { i.Answered = at(e) }

func flowStep(i *Interaction, e state.Event) {
	if len(i.Path) < maxPath {
		i.Path = append(i.Path, Step{Flow: name(e, "flow"), Step: name(e, "step")})
	}
}

// flowKey puts the key to the step in which it was pressed: the last one of that name that has none.
func flowKey(i *Interaction, e state.Event) {
	step := name(e, "step")
	for n := len(i.Path) - 1; n >= 0; n-- {
		if i.Path[n].Step == step && i.Path[n].Key == "" {
			i.Path[n].Key = name(e, "key")
			return
		}
	}
	if len(i.Path) < maxPath {
		i.Path = append(i.Path, Step{Step: step, Key: name(e, "key")})
	}
}

// recorded takes what is told of a part: in any order, for nodes tell of theirs independently.
func recorded(i *Interaction, e state.Event) {
	f := name(e, "file")
	if f == "" {
		return
	}
	i.part(f, e)
	i.Recording, i.Recorded = i.Parts[0].File, 0
	for _, p := range i.Parts {
		i.Recorded += p.Length
	}
}

func (i *Interaction) part(file string, e state.Event) {
	n := slices.IndexFunc(i.Parts, func(p Part) bool { return p.File == file })
	if n < 0 {
		node := name(e, "node")
		if node == "" { // as older versions tell
			node = i.Node
		}
		n = len(i.Parts)
		i.Parts = append(i.Parts, Part{File: file, Node: node, Began: length(e, "began").Milliseconds()})
	}
	p := &i.Parts[n]
	if s := length(e, "silence"); s > 0 {
		p.Silence = s
	}
	if s, err := strconv.ParseFloat(e.Get("seconds"), 64); err == nil && s >= 0 && s < 1e9 {
		p.Length = time.Duration(s * float64(time.Second)).Round(time.Millisecond)
	}
	slices.SortStableFunc(i.Parts, func(a, b Part) int { return cmp.Compare(a.Began, b.Began) })
}

// callEnded: that a dead node's call was interrupted is said by another one, which may not know that it had ended before.
func callEnded(i *Interaction, e state.Event) {
	if e.Get("cause") == Interrupted && !i.Ended.IsZero() {
		return
	}
	i.Ended, i.Cause = at(e), name(e, "cause")
}
