// Package ivr is the flow language: parse, check, run. A flow is a small graph of named steps; each verb has its own
// file. The runner speaks to a Contact, never to a call, so that a chat can run the same flows one day.
//
//	YAML ─▶ Parse ─▶ Flow ─▶ Check (what leads nowhere, who is unknown) ─▶ Run ─▶ Contact (say, keys, queue, end)
package ivr
