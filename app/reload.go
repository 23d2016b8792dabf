package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/callfloor/callfloor/configs"
	"github.com/callfloor/callfloor/prompts"
)

// edition builds all that can fail of a configuration.
func (a *App) edition(ctx context.Context, c *configs.Config) (*edition, error) {
	p := a.main.Prompts
	p.Dir = filepath.Join(a.main.Data, "speech")
	speaker, err := prompts.Open(p, c.Sounds, a.log)
	if err != nil {
		return nil, err
	}
	ed := &edition{config: c, speaker: speaker, ringing: ringing()}
	if c.HoldMusic != "" {
		if ed.holdMusic, err = speaker.File(ctx, c.HoldMusic); err != nil {
			return nil, fmt.Errorf("hold_music: %w", err)
		}
	}
	return ed, nil
}

// Reload reads the configuration again and exchanges all that may change in a running server. A mistake changes
// nothing; calls keep what they began with.
func (a *App) Reload(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	err := a.reload(ctx)
	a.stale.Store(err != nil)
	if err != nil {
		a.log.Error("configuration not reloaded: the former one goes on", "err", err)
		return err
	}
	return nil
}

func (a *App) reload(ctx context.Context) error {
	c, mistakes := a.source.Load()
	if len(mistakes) > 0 {
		return mistakes
	}
	next, err := a.edition(ctx, c)
	if err != nil {
		return err
	}
	floor := c.Floor()
	if err := a.router.Configure(ctx, floor); err != nil { // one script: all or nothing
		return err
	}
	if err := a.sip.SetTrunks(c.Trunks); err != nil { // checked by Load already
		return err
	}
	a.now.Store(next)
	a.figures.know(floor)
	for _, agent := range c.People {
		a.devices.changed(agent.ID, agent.AtBrowser())
	}
	a.api.Reloaded()
	if waits := configs.NeedRestart(a.main, c.Main); len(waits) > 0 {
		a.log.Warn("some changes wait for a restart", "options", waits)
	}
	a.log.Info("configuration reloaded", "agents", len(c.People), "queues", len(c.Queues), "flows", len(c.Flows))
	return nil
}

// watch reloads whenever a file changes.
func (a *App) watch(ctx context.Context) error {
	return a.source.Watch(ctx, func() { _ = a.Reload(ctx) })
}
