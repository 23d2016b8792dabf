// Package routing knows interactions as they wait, agents, presence, queues, slots and offers. It decides who, never how.
//
// The model lives in Redis. Every verb is one Lua script (scripts/*.lua behind the shared scripts/lib): read,
// check, write and append events, by Redis' own clock. Nothing is read by Go, decided in Go and written back.
//
//	Enqueue ─▶ waiting ──match──▶ offered ──Accept──▶ owned ──Finish──▶ after-call work ──Submit or timer──▶ free
//	              ▲                  │ declined, missed,    │
//	              └──────────────────┘ withdrawn            └─Requeue─▶ waiting, never younger
//
// Who owns an interaction may have guests in it, each with a lease of their own: a colleague who is consulted (Direct, EndConsult), a
// supervisor who has joined (Join). No guest outlives the owner's lease, and any may become the owner (Handover). A call that an
// agent makes (Dial) is owned from its first moment on, and never waits.
//
// A lease's id is its offer's id; it lives from the offer through the work to the after-call work, so that there is
// no moment at which the slot can be taken twice.
package routing
