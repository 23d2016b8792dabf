package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/callfloor/callfloor/api"
	"github.com/callfloor/callfloor/configs"
)

// config writes the demo's sounds, and beside them what a measurement needs.
type config struct {
	Dir    string `arg:"" help:"A new directory."`
	Agents int    `default:"200" help:"Agents load1, load2 … at desk phones."`
}

// Run writes the files.
func (c *config) Run() error {
	if err := os.Mkdir(c.Dir, 0o750); err != nil {
		return err
	}
	sounds, err := fs.Sub(configs.Demo(), "sounds")
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(c.Dir, "sounds"), sounds); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(c.Dir, "flows"), 0o750); err != nil {
		return err
	}
	hash, err := api.Hash(password)
	if err != nil {
		return err
	}
	files := map[string]string{"callfloor.yaml": mainFile, "queues.yaml": queuesFile, "agents.yaml": "agents:\n  - {id: nobody, queues: [nobody]}\n"}
	var entries strings.Builder
	entries.WriteString("entries:\n")
	for number, flow := range map[string]string{"901": menuFlow, "902": queueFlow("nobody"), "903": queueFlow("talk"), "904": queueFlow("recorded")} {
		fmt.Fprintf(&entries, "  - {name: e%[1]s, numbers: [%[1]q], flow: f%[1]s, anonymous: true}\n", number)
		files["flows/f"+number+".yaml"] = fmt.Sprintf("flow: f%s\n%s", number, flow)
	}
	files["entries.yaml"] = entries.String()
	for i := 1; i <= c.Agents; i++ {
		files["agents.yaml"] += fmt.Sprintf("  - {id: load%d, queues: [talk, recorded], device: phone, password: %q, phone_password: %q}\n", i, hash, password)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const mainFile = `sip: {rate: 100000}
log: {level: warn}
default_flow: f901
`

const menuFlow = `start: menu
error: bye
steps:
  menu:
    menu: {say: {file: music.wav}, barge_in: true, timeout: 1s, tries: 1}
    keys: {"1": bye}
    failed: menu
  bye: {end: "Goodbye."}
`

func queueFlow(queue string) string {
	return fmt.Sprintf("start: wait\nerror: bye\nsteps:\n  wait: {queue: %s, then: bye}\n  bye: {end: \"Goodbye.\"}\n", queue)
}

const queuesFile = `queues:
  - {name: nobody, music: music.wav, recording: false}
  - {name: talk, music: music.wav, recording: false}
  - {name: recorded, music: music.wav, recording: true}
`
