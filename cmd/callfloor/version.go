package main

import (
	"fmt"
	"runtime/debug"
)

// version prints what was built.
type version struct{}

// Run prints module version, commit and Go version, as the build recorded them.
func (version) Run() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		fmt.Println("callfloor, built without build information")
		return nil
	}
	commit := "unknown"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	fmt.Printf("callfloor %s commit %s %s\n", info.Main.Version, commit, info.GoVersion)
	return nil
}
