//go:build race

package routing

// The race detector makes the embedded Redis, which runs in this process, some five times slower; so under it fewer
// histories are played. make test plays all of them without it, too.
const embeddedHistories, serverHistories = 100, 300
