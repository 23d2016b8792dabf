// Package sip is the way in and out: a SIP endpoint (RFC 3261) whose dialogs are legs of calls. It registers agents'
// desk phones and browsers, admits calls from trunks, agents and strangers, and calls agents' devices.
//
//	UDP, TCP, TLS ─▶ gate ─▶ sipgo: transport, parser, transactions ─▶ Endpoint ─┬─▶ registrar
//	WebSocket ─▶ socket ─▶ pipe ──▲                                              ├─▶ admission ─▶ House.Incoming
//	                                                                             └─▶ Leg (one dialog, one media line)
//
// Each leg is owned by one goroutine; whatever happens to it is a closure in its inbox: a request, a response, a timer,
// a verb of the house, an event of its media line. What the leg tells comes out as signals, in order.
//
//	dialling ──180──▶ ringing ──200──▶ up ◀──hold──▶ held
//	    └─────────────────┴── gone ─────┴─────────────┴──▶ gone
package sip
