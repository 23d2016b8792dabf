//go:build race

package routing

// The race detector makes the embedded Redis, which runs in this process, some five times slower; so under it fewer
// histories are played, and fewer rounds of each race. make test plays all of them without it, too.
const embeddedHistories, serverHistories, rounds = 50, 150, 8

const modelsEmbedded, modelsServer = 5, 40 // histories of matching
