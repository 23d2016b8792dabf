package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/callfloor/callfloor/app"
)

// doctor examines a running server's floor.
type doctor struct {
	Data string `help:"Data directory of the server." default:"data" type:"path"`
}

// errUnwell makes the exit status 1; the findings are printed already.
var errUnwell = errors.New("something is wrong: what no call stands for is let go within 10 s, a reload of the configuration puts the indexes right; what stays after both is a defect to report")

// Run prints what is wrong with who is where, one line each.
func (d *doctor) Run(ctx context.Context) error {
	findings, err := app.AskDoctor(ctx, d.Data)
	if err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintln(os.Stdout, f)
	}
	if len(findings) > 0 {
		return errUnwell
	}
	fmt.Fprintln(os.Stdout, "all is well")
	return nil
}
