//go:build !race

package routing

const embeddedHistories, serverHistories, rounds = 1000, 1000, 40

const modelsEmbedded, modelsServer = 60, 400 // histories of matching
