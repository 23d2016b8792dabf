package main

import (
	"context"
	"fmt"

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
	Data string `default:"data" help:"The server's data directory." type:"path"`
}

// Run returns as soon as the server has begun to drain.
func (d *drain) Run(ctx context.Context) error {
	if err := app.AskDrain(ctx, d.Data); err != nil {
		return err
	}
	fmt.Println("The server finishes its calls and takes no new ones.")
	return nil
}
