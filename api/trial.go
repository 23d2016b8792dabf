package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type trialInput struct {
	Body struct {
		SDP string `json:"sdp" minLength:"1" maxLength:"20000" doc:"The browser's offer."`
	}
}

type trialOutput struct {
	Body struct {
		SDP string `json:"sdp" doc:"The answer: the browser is connected as in a call, hears silence, and leaves again."`
		At  string `json:"at" doc:"Where the browser's UDP packets have to get through to." example:"203.0.113.5:8089"`
	}
}

// trialRoutes are for pages that want to know whether sound gets through before there is a call.
func (a *API) trialRoutes(rest huma.API) {
	huma.Register(rest, a.order(rest, http.StatusOK, "/api/sound/trial", "trial", "Connect for a moment, to find out whether sound gets through"),
		func(ctx context.Context, in *trialInput) (*trialOutput, error) {
			out := &trialOutput{}
			var err error
			if out.Body.SDP, out.Body.At, err = a.Sound.Try(seatOf(ctx).Agent, in.Body.SDP); err != nil {
				return nil, a.problem(ctx, err)
			}
			return out, nil
		})
}
