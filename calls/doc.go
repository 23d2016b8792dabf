// Package calls is the heart of the product: what a call is, who is on it, and what may happen to it next.
//
// A caller's leg starts a [Call]: one goroutine, run, owns the legs, the talk and the plan. Verbs (Play, Keys, Queue,
// Hold, …) are closures sent to it. The flow runs on a second goroutine of the call and is plain sequential code over
// the verbs. Legs report signals, the call computes a plan (who hears whom), and media carries it out. Facts leave
// as events, in order.
//
//	leg ──signals──▶ ┌────────┐ ──plan──▶ room (media)
//	flow ──verbs───▶ │  run   │ ──events─▶ journal
//	agent ─verbs───▶ └────────┘ ──offers─▶ router
//
// The package does no I/O of its own: everything outside is behind the ports in ports.go.
package calls
