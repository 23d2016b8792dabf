package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
)

// presence is routing as the pages see it: a device's word goes through devices, who knows the registrar's, too.
type presence struct {
	*routing.Router
	app *App
}

// Device notes what a page found out about its microphone.
func (p presence) Device(_ context.Context, agent, channel string, ok bool, reason string) error {
	who, known := p.app.current().Agent(agent)
	if !known || channel != "voice" {
		return nil
	}
	return p.app.devices.checked(agent, ok, reason, who.AtBrowser())
}

// desk is an agent's hand on their call, wherever that lives.
type desk struct{ app *App }

// Call is the call the agent is on.
func (d desk) Call(ctx context.Context, agent string) (api.CallView, bool) {
	return d.app.callOf(ctx, agent)
}

// refusal says in the API's words why a command was refused.
func refusal(err error) error {
	var early *calls.NotNow
	var conflict *routing.Conflict
	var refused calls.Refused
	switch {
	case errors.As(err, &refused):
		return api.NewProblem(http.StatusConflict, refused.Reason, refused.Text)
	case errors.As(err, &conflict):
		return api.Conflict(conflict.Code)
	case errors.Is(err, calls.ErrOver):
		return api.NewProblem(http.StatusConflict, "gone", "The call is over.")
	case errors.Is(err, calls.ErrNotYours):
		return api.NewProblem(http.StatusConflict, "gone", "You are not on this call.")
	case errors.Is(err, calls.ErrNoConsult):
		return api.NewProblem(http.StatusConflict, "not_now", "You consult nobody whom you could hear.")
	case errors.Is(err, calls.ErrConsulting):
		return api.NewProblem(http.StatusConflict, "consulting", "Somebody takes part beside you: hand the call over to them, or end their part first.")
	case errors.Is(err, calls.ErrNoParty):
		return api.NewProblem(http.StatusConflict, "no_party", "They take no part in this call.")
	case errors.Is(err, calls.ErrCrowded):
		return api.NewProblem(http.StatusConflict, "crowded", "Nobody else can take part in this call.")
	case errors.Is(err, calls.ErrConsulted):
		return api.NewProblem(http.StatusConflict, "consulted", "The caller is your colleague's.")
	case errors.As(err, new(calls.Refused)):
		return api.NewProblem(http.StatusConflict, calls.ReasonOf(err), err.Error())
	case errors.As(err, &early):
		return api.NewProblem(http.StatusConflict, "not_now", fmt.Sprintf("You %s.", early))
	}
	return err
}

// Do carries out a command. Groups of skills are put out by today's configuration.
func (d desk) Do(ctx context.Context, m api.Command) error {
	if m.To != nil {
		to, err := d.wanted(*m.To)
		if err != nil {
			return err
		}
		m.To = &to
	}
	return d.app.command(ctx, m)
}

// wanted is a transfer to a queue as routing understands it.
func (d desk) wanted(to routing.Transfer) (routing.Transfer, error) {
	c := d.app.current()
	q, ok := c.Queue(to.Queue)
	add, remove := routing.Wants{Skills: to.Add}, routing.Wants{Skills: map[string]int{}}
	for _, name := range to.Remove {
		remove.Skills[name] = 0
	}
	if err := errors.Join(add.Validate(), remove.Validate()); err != nil {
		return to, api.NewProblem(http.StatusUnprocessableEntity, "unknown_skill", err.Error())
	}
	to.Closed, to.Add, to.Remove = !ok || !c.Takes(q, time.Now()), c.Groups.Expand(add).Skills, c.Groups.Named(remove)
	return to, nil
}

// people are those who may log in.
type people struct{ app *App }

// Person finds somebody.
func (p people) Person(id string) (api.Person, bool) {
	a, ok := p.app.current().Agent(id)
	return api.Person{ID: a.ID, Name: a.Name, Hash: string(a.Password), Queues: a.Queues, Role: a.Role, Device: a.Device}, ok
}

// Queue finds a queue.
func (p people) Queue(name string) (api.Queue, bool) {
	q, ok := p.app.current().Queue(name)
	out := api.Queue{Name: q.Name, Label: q.Label, Required: q.Required, ServiceLevel: q.ServiceLevel}
	for _, d := range q.Dispositions {
		out.Dispositions = append(out.Dispositions, api.Choice{Code: d.Code, Label: d.Label})
	}
	return out, ok
}

// Targets are the queues to which agents may transfer.
func (p people) Targets() []api.Target {
	c := p.app.current()
	var all []api.Target
	for _, q := range c.Queues {
		if q.Transfers {
			all = append(all, api.Target{Name: q.Name, Label: q.Label, Open: c.Takes(q, time.Now())})
		}
	}
	return all
}

// AwayReasons are the choices for being away.
func (p people) AwayReasons() []api.Choice { return p.app.current().Reasons }

// BusyReasons are the choices for being busy.
func (p people) BusyReasons() []api.Choice { return p.app.current().BusyReasons }

// phone is what strangers may know.
type phone struct{ app *App }

// Numbers are those that strangers may dial.
func (p phone) Numbers() []api.Number {
	var all []api.Number
	for _, e := range p.app.current().Entries {
		if e.Anonymous {
			for _, n := range e.Numbers {
				all = append(all, api.Number{Number: n, Label: e.Label})
			}
		}
	}
	return all
}

// Domain is the host of our SIP addresses.
func (p phone) Domain() string { return p.app.main.SIP.Domain }
