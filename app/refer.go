package app

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/callfloor/callfloor/calls"
	"github.com/callfloor/callfloor/routing"
	"github.com/callfloor/callfloor/sip"
)

// refer passes a desk phone's transfer on to the node that has the call, and what came of it back to the phone. The agent's other
// legs are not known there.
func refer(ctx context.Context, leg *sip.Leg, r *calls.Referral) {
	if r.Replaces != "" {
		r.Tell(501)
		return
	}
	err := leg.Refer(ctx, "sip:"+strings.ReplaceAll(url.QueryEscape(r.To), "+", "%20")+"@callfloor")
	switch no, refused := errors.AsType[*sip.Unreferred](err); {
	case err == nil:
		r.Tell(200)
	case refused:
		r.Tell(no.Code)
	default:
		r.Tell(500)
	}
}

// whom finds who an agent means by what they dialled on their desk phone to transfer a call: a queue by its name, an agent by
// their id, or a number outside. Phones write names as they like; a queue goes before an agent of the same name.
func (a *App) whom(user string) (calls.Whom, bool) {
	config := a.current()
	for _, q := range config.Queues {
		if strings.EqualFold(q.Name, user) {
			return calls.Whom{To: routing.Transfer{Queue: q.Name, Closed: !config.Takes(q, time.Now())}}, true
		}
	}
	for _, p := range config.People {
		if strings.EqualFold(p.ID, user) {
			return calls.Whom{Agent: p.ID}, true
		}
	}
	if number := strings.Trim(user, "+0123456789"); number == "" && len(user) > 2 {
		return calls.Whom{Number: user}, true // the rules of dialling say whether
	}
	return calls.Whom{}, false
}
