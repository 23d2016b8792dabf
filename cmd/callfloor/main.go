// Callfloor answers a company's phones: one program, started by `callfloor serve`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are what the program can do; each is a type with a Run method in a file of its own.
type commands struct {
	Serve   serve   `cmd:"" help:"Run the contact center."`
	Check   check   `cmd:"" help:"Report every mistake in a configuration directory."`
	Passwd  passwd  `cmd:"" help:"Make the hash of a password for agents.yaml."`
	Status  status  `cmd:"" help:"Show what a running server does."`
	Doctor  doctor  `cmd:"" help:"Prove that who is where, as a running server believes it, is free of contradictions."`
	Drain   drain   `cmd:"" help:"Let a running server finish its calls, take no new ones, and stop."`
	Version version `cmd:"" help:"Print the version."`
}

func main() {
	var c commands
	k := kong.Parse(&c, kong.Name("callfloor"), kong.Description("An open-source voice contact center."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "callfloor:", err)
		os.Exit(1)
	}
}
