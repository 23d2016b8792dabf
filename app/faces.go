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
	switch {
	case errors.As(err, &conflict):
		return api.Conflict(conflict.Code)
	case errors.Is(err, calls.ErrOver):
		return api.NewProblem(http.StatusConflict, "gone", "The call is over.")
	case errors.Is(err, calls.ErrNotYours):
		return api.NewProblem(http.StatusConflict, "gone", "You are not on this call.")
	case errors.Is(err, calls.ErrNoConsult):
		return api.NewProblem(http.StatusConflict, "not_now", "You consult nobody whom you could hear.")
	case errors.Is(err, calls.ErrConsulting):
		return api.NewProblem(http.StatusConflict, "consulting", "You consult somebody: hand the call over to them, or end that first.")
	case errors.Is(err, calls.ErrConsulted):
		return api.NewProblem(http.StatusConflict, "consulted", "The caller is your colleague's.")
	case errors.As(err, &early):
		return api.NewProblem(http.StatusConflict, "not_now", fmt.Sprintf("You %s.", early))
	}
	return err
}

// Hold gives the customer music.
func (d desk) Hold(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "hold", Agent: agent, Call: call})
}

// Resume takes the customer back.
func (d desk) Resume(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "resume", Agent: agent, Call: call})
}

// Mute keeps the agent's voice back.
func (d desk) Mute(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "mute", Agent: agent, Call: call})
}

// Unmute lets the agent be heard.
func (d desk) Unmute(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "unmute", Agent: agent, Call: call})
}

// End ends the agent's part.
func (d desk) End(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "end", Agent: agent, Call: call})
}

// Digits sends keys to the customer's side.
func (d desk) Digits(ctx context.Context, agent, call, keys string) error {
	return d.app.command(ctx, command{Verb: "digits", Agent: agent, Call: call, Keys: keys})
}

// Transfer lets the customer wait in another queue. Groups of skills are put out by today's configuration.
func (d desk) Transfer(ctx context.Context, agent, call string, to routing.Transfer) error {
	c := d.app.current()
	q, ok := c.Queue(to.Queue)
	add, remove := routing.Wants{Skills: to.Add}, routing.Wants{Skills: map[string]int{}}
	for _, name := range to.Remove {
		remove.Skills[name] = 0
	}
	if err := errors.Join(add.Validate(), remove.Validate()); err != nil {
		return api.NewProblem(http.StatusUnprocessableEntity, "unknown_skill", err.Error())
	}
	to.Closed, to.Add, to.Remove = !ok || !c.Takes(q, time.Now()), c.Groups.Expand(add).Skills, c.Groups.Named(remove)
	return d.app.command(ctx, command{Verb: "transfer", Agent: agent, Call: call, To: &to})
}

// Direct offers the customer to another agent, or wants to consult that one.
func (d desk) Direct(ctx context.Context, agent, call string, to routing.Directed) error {
	return d.app.command(ctx, command{Verb: "direct", Agent: agent, Call: call, Direct: &to})
}

// Swap lets the agent talk with the customer, or with whom they consult.
func (d desk) Swap(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "swap", Agent: agent, Call: call})
}

// Complete gives the customer to whom is consulted.
func (d desk) Complete(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "complete", Agent: agent, Call: call})
}

// TakeBack ends an offer to another agent, or the consult with them.
func (d desk) TakeBack(ctx context.Context, agent, call string) error {
	return d.app.command(ctx, command{Verb: "takeback", Agent: agent, Call: call})
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
