package strictyaml

import (
	"slices"
	"strings"
)

// DidYouMean words the nearest of the known names, or lists them when none is near.
func DidYouMean(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	best, at := "", len(name)/2+2
	for _, k := range known {
		if dist := distance(name, k); dist < at {
			best, at = k, dist
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if len(known) > 12 {
		return ""
	}
	return "one of " + strings.Join(known, ", ")
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			prev, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, prev+cost)
		}
	}
	return row[len(b)]
}
