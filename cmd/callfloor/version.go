package main

import (
	"fmt"
	"runtime"

	"github.com/callfloor/callfloor/app"
)

// version prints what was built.
type version struct{}

// Run prints module version, commit and Go version, as the build recorded them.
func (version) Run() error {
	fmt.Println("callfloor", app.Version(), runtime.Version())
	return nil
}
