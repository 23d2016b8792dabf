package configs

import (
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callfloor/callfloor/internal/strictyaml"
	"github.com/callfloor/callfloor/routing"
)

// FromNode reads an agent over the defaults.
func (a *agentItem) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	a.Device, a.Role = Browser, "agent"
	type plain agentItem
	d.Value(n, reflect.ValueOf((*plain)(a)).Elem(), path)
	if a.Name == "" {
		a.Name = a.ID
	}
}

// FromNode reads a trunk over the defaults.
func (t *trunkItem) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	t.Watch = 30 * time.Second
	type plain trunkItem
	d.Value(n, reflect.ValueOf((*plain)(t)).Elem(), path)
}

// FromNode reads a queue over the defaults.
func (q *queueItem) FromNode(n ast.Node, d *strictyaml.Doc, path string) {
	q.Queue, q.Recording = routing.DefaultQueue(), true
	type plain queueItem
	d.Value(n, reflect.ValueOf((*plain)(q)).Elem(), path)
	if q.Label == "" {
		q.Label = q.Name
	}
}
