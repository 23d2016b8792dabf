package state

import (
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// passing are the answers of a Redis that starts, that somebody else takes over from, or that cannot write just now.
var passing = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "MISCONF", "BUSY"}

// Away tells whether an error of a command means that Redis, or the way to it, is away for the moment: it did not answer, or
// says itself that it cannot yet. The command may have been carried out all the same.
func Away(err error) bool {
	if err == nil || errors.Is(err, redis.ErrClosed) {
		return false
	}
	var answer redis.Error
	if !errors.As(err, &answer) {
		return true
	}
	return slices.ContainsFunc(passing, func(word string) bool { return strings.HasPrefix(answer.Error(), word) })
}
