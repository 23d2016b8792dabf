package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// PhonePage is what the customer's page needs to call.
type PhonePage struct {
	SIP     PhoneSIP `json:"sip"`
	Numbers []Number `json:"numbers" doc:"Those that anybody may call."`
}

// PhoneSIP is who the page is on the wire, and where it connects.
type PhoneSIP struct {
	URI  string `json:"uri" example:"sip:guest@callfloor"`
	Path string `json:"path" example:"/sip"`
}

type phoneOutput struct{ Body PhonePage }

func (a *API) phoneRoutes(rest huma.API) {
	huma.Register(rest, huma.Operation{
		OperationID: "phone", Method: http.MethodGet, Path: "/api/phone", Summary: "What the customer's phone page needs",
	}, func(context.Context, *struct{}) (*phoneOutput, error) {
		return &phoneOutput{Body: PhonePage{
			SIP: PhoneSIP{URI: "sip:guest@" + a.Phone.Domain(), Path: "/sip"}, Numbers: listed(a.Phone.Numbers()),
		}}, nil
	})
}
