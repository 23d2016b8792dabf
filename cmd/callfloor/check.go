package main

import (
	"fmt"
	"os"

	"github.com/callfloor/callfloor/configs"
)

// check reads a configuration as serve would.
type check struct {
	Dir string `arg:"" type:"existingdir" help:"Directory of the configuration."`
}

// Run prints every mistake; the exit status tells whether there was one.
func (c *check) Run() error {
	config, mistakes := configs.Load(os.DirFS(c.Dir))
	if len(mistakes) == 0 {
		fmt.Printf("%s is right: %d agents, %d queues, %d entries, %d flows.\n",
			c.Dir, len(config.People), len(config.Queues), len(config.Entries), len(config.Flows))
		return nil
	}
	fmt.Println(mistakes)
	return fmt.Errorf("mistakes in %s: %d", c.Dir, len(mistakes))
}
