package app

import (
	"context"
	"strconv"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/dialing"
	"github.com/callfloor/callfloor/sip"
)

// ringsOutside is how long a number outside rings at most.
const ringsOutside = 45 * time.Second

// Call calls a number outside, if the dialing rules have a way there. Each trunk that is tried is told in the call's diary
// and as an event, and so is a refusal.
func (d dialer) Call(ctx context.Context, to calls.Outside) (calls.Leg, error) {
	route, err := d.app.route(to)
	if err != nil {
		return nil, d.refused(to, err)
	}
	name := to.Name
	if name == "" {
		name = route.Number
	}
	number := sip.Number{
		Party: calls.Party{Role: to.As(), Name: name, Address: route.Number}, Name: route.CallerName, Rings: ringsOutside, Tried: d.tried,
	}
	for _, w := range route.Ways {
		number.Ways = append(number.Ways, sip.Way{Trunk: w.Trunk, Number: w.Number, CallerID: route.CallerID})
	}
	leg, err := d.app.sip.Call(d.room, number)
	if err != nil {
		d.app.log.Warn("no trunk for a call outside", "call", d.call, "agent", to.Agent, "err", err)
		return nil, d.refused(to, calls.Refused{Reason: calls.NoRoute, Text: "No trunk can send this call now."})
	}
	d.app.log.Info("called outside", "call", d.call, "leg", leg.ID(), "agent", to.Agent, "to", route.Number, "as", route.CallerID)
	return leg, nil
}

// route finds the way to a number by the rules as they are now.
func (a *App) route(to calls.Outside) (dialing.Route, error) {
	c := a.current()
	route, err := c.Dialing.Route(c.Caller(to.Agent), to.Number, to.CallerID, to.CallerName)
	if err == nil && !route.Emergency && !c.CallsOut(time.Now()) {
		err = calls.Refused{Reason: calls.OutOfHours, Text: "Calls outside are not allowed at this hour."}
	}
	return route, err
}

// refused tells of a number that is not called.
func (d dialer) refused(to calls.Outside, err error) error {
	reason := calls.ReasonOf(err)
	d.app.log.Info("call outside refused", "call", d.call, "agent", to.Agent, "to", to.Number, "cause", reason)
	d.app.figures.outsideRefused.WithLabelValues(reason).Inc()
	d.fact("outside.refused", map[string]string{"agent": to.Agent, "number": to.Number, "reason": reason})
	return err
}

// tried tells of one trunk that was asked.
func (d dialer) tried(t sip.Attempt) {
	d.app.log.Info("trunk tried", "call", d.call, "trunk", t.Trunk, "address", t.Address, "cause", t.Word, "code", t.Code, "took", t.Took.Round(time.Millisecond))
	d.app.figures.tries.WithLabelValues(t.Trunk, t.Word).Inc()
	d.fact("trunk.tried", map[string]string{
		"trunk": t.Trunk, "address": t.Address, "outcome": t.Word, "code": strconv.Itoa(t.Code), "ms": strconv.FormatInt(t.Took.Milliseconds(), 10),
	})
}

func (d dialer) fact(what string, data map[string]string) {
	data["call"] = d.call
	journal{d.app.state.Journal()}.Fact(time.Now(), what, data)
}
