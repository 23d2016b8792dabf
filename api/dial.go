package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type dialInput struct {
	Body struct {
		To       string `json:"to" minLength:"1" maxLength:"40" doc:"The number, in E.164 or as it is dialled in the agent's country."`
		CallerID string `json:"callerId,omitempty" maxLength:"40" doc:"What is shown: one of the agent's caller ids; empty: their first."`
	}
}

type dialOutput struct {
	Body struct {
		Call string `json:"call"`
	}
}

type callerIDsOutput struct {
	Body struct {
		CallerIDs []CallerID `json:"callerIds" doc:"The first is shown unless another one is chosen. None: the agent may call nobody."`
	}
}

func (a *API) dialRoutes(rest huma.API) {
	answered(a, rest, http.StatusAccepted, "/api/dial", "dial",
		"Call a number. The answer comes as soon as it is being called; how it goes is in the agent's state. Refused with bad_number, no_route, not_allowed, caller_id, out_of_hours, too_many, minutes_used, in_call, full, not_available or draining", a.dial)
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/caller-ids", "callerIds", "The numbers that the agent may show to whom they call", 401),
		func(ctx context.Context, _ *struct{}) (*callerIDsOutput, error) {
			out := &callerIDsOutput{}
			out.Body.CallerIDs = append([]CallerID{}, a.Calls.CallerIDs(seatOf(ctx).Agent)...)
			return out, nil
		})
}

func (a *API) dial(ctx context.Context, s seat, in *dialInput) (*dialOutput, error) {
	call, err := a.Calls.Dial(ctx, s.Agent, s.ID, in.Body.To, in.Body.CallerID)
	out := &dialOutput{}
	out.Body.Call = call
	return out, err
}
