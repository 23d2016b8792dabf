package prompts

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/callfloor/callfloor/internal/strictyaml"
)

// Manifest reads manifest.yaml among the sounds: which words have which file. Each path of the document is a text.
func Manifest(sounds fs.FS) (map[string]string, *strictyaml.Doc) {
	const name = "sounds/manifest.yaml" // as whoever checks the whole directory knows it
	texts := map[string]string{}
	b, err := fs.ReadFile(sounds, "manifest.yaml")
	d := strictyaml.Decode(name, b, &texts)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.Wrong("", strictyaml.Unreadable(err), "")
	}
	seen := map[string]bool{}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		switch words := plain(text); {
		case words == "":
			d.Wrong(text, "there are no words", "")
		case seen[words]:
			d.Wrong(text, fmt.Sprintf("%q stands here twice, but for case and marks", text), "")
		default:
			seen[words] = true
		}
	}
	return texts, d
}
