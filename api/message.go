package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxMessage is the longest message a page may send.
const maxMessage = 4096

// message is what a page says on its socket.
type message struct {
	Type string `json:"type"`
	report
}

// report is what a page found out about the agent's devices.
type report struct {
	Channel string `json:"channel"`
	OK      bool   `json:"ok"`
	Reason  string `json:"reason"`
}

// parseMessage reads {"type":"ping"}, {"type":"take"} or {"type":"device",…}.
func parseMessage(b []byte) (message, error) {
	var m message
	if !utf8.Valid(b) {
		return m, errors.New("not UTF-8")
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return message{}, errors.New("not a message in JSON")
	}
	switch m.Type {
	case "ping", "take":
		return message{Type: m.Type}, nil
	case "device":
		switch m.Channel {
		case "voice", "chat", "email":
		default:
			return message{}, fmt.Errorf("unknown channel %.20q", m.Channel)
		}
		if len(m.Reason) > 300 {
			return message{}, errors.New("the reason is too long")
		}
		return m, nil
	}
	return message{}, fmt.Errorf("unknown type %.20q", m.Type)
}
