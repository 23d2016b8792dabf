// Package testwait lets tests wait for something that no channel tells. No program imports it.
package testwait

import (
	"testing"
	"time"
)

// often is how long it is left alone between two looks.
const often = 2 * time.Millisecond

// Until asks again and again until something is so, and fails the test with what was waited for when it is not within
// that time, or when the test ends.
func Until(t testing.TB, within time.Duration, what string, done func() bool) {
	t.Helper()
	late := time.NewTimer(within)
	defer late.Stop()
	tick := time.NewTicker(often)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("not within %s: %s", within, what)
		case <-t.Context().Done():
			t.Fatalf("the test ended before: %s", what)
		}
	}
}
