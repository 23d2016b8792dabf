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

	WebRTC uint16 `name:"webrtc" help:"UDP port of browsers' sound, instead of the configuration's." placeholder:"PORT"`
}

// Run starts the node, says where it is, and serves.
func (s *serve) Run(ctx context.Context) error {
	source := configs.Source{Dir: s.Dir, Override: s.override}
	config, mistakes := source.Load()
	if len(mistakes) > 0 {
		return fmt.Errorf("the configuration has mistakes:\n%w", mistakes)
	}
	a, err := app.New(ctx, source, config, config.Log.New(os.Stderr))
	if err != nil {
		return err
	}
	fmt.Print(greeting(a.Addresses()))
	over := make(chan struct{})
	defer close(over)
	go obey(context.WithoutCancel(ctx), a, over)
	return a.Run(context.WithoutCancel(ctx))
}

// obey does what signals say: SIGHUP reloads; the first SIGTERM or interrupt drains, the second ends what is left.
func obey(ctx context.Context, a *app.App, over <-chan struct{}) {
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(told)
	stop := func() { a.Drain(0) }
	for {
		select {
		case s := <-told:
			if s == syscall.SIGHUP {
				_ = a.Reload(ctx) // it has said what is wrong
				continue
			}
			stop()
			stop = a.End
		case <-over:
			return
		}
	}
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
	if s.WebRTC != 0 {
		m.Media.WebRTC = s.WebRTC
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
