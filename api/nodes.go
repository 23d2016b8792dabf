package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// NodeView is one of the servers that share the floor.
type NodeView struct {
	Name     string `json:"name"`
	Address  string `json:"address" doc:"Where the other servers reach it; empty when it is alone."`
	Alive    bool   `json:"alive" doc:"False when it has been silent for three seconds."`
	Draining bool   `json:"draining" doc:"It takes no new calls, and is about to stop."`
	LeftMs   int64  `json:"leftMs" doc:"Until it stops at the latest, when it is draining."`
	Calls    *int   `json:"calls" doc:"Live calls there, legs of other servers' calls among them; null when it could not be asked."`
}

type nodesOutput struct {
	Body struct {
		Nodes []NodeView `json:"nodes"`
	}
}

func (a *API) nodeRoutes(rest huma.API) {
	huma.Register(rest, a.operation(rest, http.MethodGet, "/api/nodes", "nodes",
		"The servers that share the floor, for supervisors", 401, 404), a.nodes)
}

func (a *API) nodes(ctx context.Context, _ *struct{}) (*nodesOutput, error) {
	if _, err := a.supervisor(ctx); err != nil {
		return nil, err
	}
	out := &nodesOutput{}
	out.Body.Nodes = []NodeView{}
	if a.Nodes != nil {
		out.Body.Nodes = a.Nodes(ctx)
	}
	return out, nil
}
