package main

import (
	"context"
	"fmt"
	"time"

	"github.com/callfloor/callfloor/app"
)

// status asks a running server over the socket in its data directory.
type status struct {
	Data string `default:"data" help:"The server's data directory." type:"path"`
}

// Run prints the server's answer as a few lines.
func (s *status) Run(ctx context.Context) error {
	st, err := app.AskStatus(ctx, s.Data)
	if err != nil {
		return err
	}
	fmt.Print(st)
	return nil
}

// drain asks a running server to finish.
type drain struct {
	Data   string        `default:"data" help:"The server's data directory." type:"path"`
	Within time.Duration `help:"How long live calls may go on, such as 10m; as configured (drain) without. Said again it is another end of the same drain."`
}

// Run returns as soon as the server has begun to drain.
func (d *drain) Run(ctx context.Context) error {
	s, err := app.AskDrain(ctx, d.Data, d.Within)
	if err != nil {
		return err
	}
	fmt.Printf("The server takes no new calls and stops when its last one is over (%d now), at %s at the latest.\n",
		len(s.Calls)+s.Legs, s.Until.Local().Format(time.TimeOnly))
	return nil
}
