// Package media is everything that touches sound. A call's lines share a [Room]; a [Plan] says who hears whom, and is
// swapped whole. One engine serves menus, hold music, bridges and recordings; a line's transport is plain RTP,
// SDES-SRTP or WebRTC, and nothing above cares.
//
//	socket ─▶ latch ─▶ SRTP ─▶ line ─┬─ plan ─▶ the lines that hear it ─▶ SRTP ─▶ socket
//	                                 ├─ keys, reports ─▶ Notify
//	   sounds, silence, keys ────────┘  tap ─▶ one chunk a second
//
// A few loops do all of it, each one goroutine with its own epoll set, clock and lines: a goroutine blocked on each
// socket costs two to three times as much. In the loop nothing is allocated for a packet, no goroutine is woken, no
// shared lock taken. Everything else (offers, answers, plans) is sent to the loop as a closure.
package media
