// Package sip is the endpoint: it takes calls from trunks, phones and browsers, and calls agents' devices.
//
// Transports, parsing and transactions are sipgo's; dialogs, the registrar, digest and admission are ours. A dialog
// with its media is a [Leg], which satisfies calls.Leg. Browsers speak SIP over WebSocket (RFC 7118) on the HTTP port.
//
//	INVITE ─▶ whole? ─▶ who (trunk, agent, stranger) ─▶ rate ─▶ drain ─▶ entry point ─▶ media answer ─▶ House.Incoming
//
// Whatever the endpoint wants to know about the house it asks through the interface House.
package sip
