//go:build !race

package routing

const embeddedHistories, serverHistories, rounds = 1000, 1000, 40
