//go:build !race

package routing

const embeddedHistories, serverHistories = 1000, 1000
