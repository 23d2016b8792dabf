package ivr

import (
	"errors"
	"time"
)

// question is what steps that want keys have in common.
type question struct {
	say            Prompt
	bargeIn        *bool // default true
	limit          int
	end            string        // keys that finish early
	timeout        time.Duration // for each key, default 6s
	tries          int           // default 3
	silence, wrong *Prompt       // said before the next try
}

// ask says a prompt and collects keys, until some are taken or the tries are over.
func (r *run) ask(s *Step, q question, take func(keys string) (next string, ok bool)) (string, error) {
	silent := false
	for range orElse(q.tries, 3) {
		if err := r.contact.Say(r.ctx, q.say.Pick(r.vars), q.bargeIn == nil || *q.bargeIn); err != nil {
			return "", err
		}
		keys, err := r.contact.Keys(r.ctx, q.limit, q.end, orElse(q.timeout, 6*time.Second))
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
