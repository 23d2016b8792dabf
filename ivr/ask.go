package ivr

import (
	"errors"
	"fmt"
	"time"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// question is what steps that want keys have in common.
type question struct {
	say            Prompt
	bargeIn        bool
	limit          int
	end            string        // the key that finishes early
	timeout        time.Duration // for each key
	tries          int
	silence, wrong *Prompt // said before the next try
}

func (q question) check(path string, d *strictyaml.Doc, k Known) {
	if q.tries < 1 {
		d.Wrong(path+".tries", fmt.Sprintf("tries %d: 1 or more", q.tries), "")
	}
	if q.timeout <= 0 {
		d.Wrong(path+".timeout", fmt.Sprintf("timeout %s: more than 0s", q.timeout), "")
	}
	q.say.Check(path+".say", d, k)
	if q.silence != nil {
		q.silence.Check(path+".silence", d, k)
	}
	if q.wrong != nil {
		q.wrong.Check(path+".wrong", d, k)
	}
}

// ask says a prompt and collects keys, until some are taken or the tries are over.
func (r *run) ask(s *Step, q question, take func(keys string) (next string, ok bool)) (string, error) {
	silent := false
	for range q.tries {
		if err := r.contact.Say(r.ctx, q.say.Pick(r.vars), q.bargeIn); err != nil {
			return "", err
		}
		keys, err := r.contact.Keys(r.ctx, q.limit, q.end, q.timeout)
		timedOut := errors.Is(err, ErrTimeout)
		if err != nil && !timedOut {
			return "", err
		}
		silent = timedOut && keys == ""
		if next, ok := take(keys); ok {
			return next, nil
		}
		remark := q.wrong
		if silent {
			remark = q.silence
		}
		if remark == nil {
			continue
		}
		if err := r.contact.Say(r.ctx, remark.Pick(r.vars), true); err != nil {
			return "", err
		}
	}
	if silent && s.TimeOut != "" {
		return s.TimeOut, nil
	}
	return s.Failed, nil
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}
