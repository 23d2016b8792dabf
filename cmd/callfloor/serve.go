package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/callfloor/callfloor/app"
	"github.com/callfloor/callfloor/configs"
)

// serve runs the server until it is told to stop.
type serve struct {
	Dir  string `arg:"" optional:"" type:"existingdir" help:"Directory of the configuration; the built-in demo without."`
	Data string `help:"Data directory, instead of the configuration's." placeholder:"DIR"`
	HTTP string `name:"http" help:"Address of console and API, instead of the configuration's." placeholder:"HOST:PORT"`
	SIP  string `name:"sip" help:"Address of SIP over UDP and TCP, instead of the configuration's." placeholder:"HOST:PORT"`
}

// Run starts the node, says where it is, and serves.
func (s *serve) Run(ctx context.Context) error {
	source := configs.Source{Dir: s.Dir, Override: s.override}
	config, mistakes := source.Load()
	if len(mistakes) > 0 {
		return fmt.Errorf("the configuration has mistakes:\n%w", mistakes)
	}
	a, err := app.New(ctx, source, config.Log.New(os.Stderr))
	if err != nil {
		return err
	}
	fmt.Print(greeting(a.Addresses()))
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	go func() {
		for {
			select {
			case <-hup:
				_ = a.Reload(ctx) // it has said what is wrong
			case <-ctx.Done():
				return
			}
		}
	}()
	return a.Run(ctx)
}

// override is what the flags say.
func (s *serve) override(m *configs.Main) {
	if s.Data != "" {
		m.Data = s.Data
	}
	if s.HTTP != "" {
		m.HTTP.Listen = s.HTTP
	}
	if s.SIP != "" {
		m.SIP.UDP, m.SIP.TCP = s.SIP, s.SIP
	}
}

func greeting(at app.Addresses) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  Console      %s\n", at.Console)
	fmt.Fprintf(&b, "  Phone page   %s\n", at.Phone)
	for i, uri := range at.SIP {
		label := "Any phone"
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&b, "  %-12s %s\n", label, uri)
	}
	b.WriteByte('\n')
	return b.String()
}
