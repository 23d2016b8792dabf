#!/bin/sh
# Speaks and plays the demo's sounds anew into configs/demo/sounds. Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")/demo/sounds"
rm -f ./*.wav
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Every "text: file" of the manifest, spoken.
sed -n 's/^"\(.*\)": *\([a-z0-9-]*\.wav\)$/\2 \1/p' manifest.yaml | while read -r file words; do
  espeak-ng -v en-gb -s 150 -w "$tmp/word.wav" "$words"
  sox -q "$tmp/word.wav" -r 8000 -c 1 -e u-law "$file" gain -n -3 silence 1 0.01 0.1% reverse silence 1 0.01 0.1% reverse pad 0 0.1
done

# Hold music: four chords, plucked one after the other, 16 seconds, made to go round.
i=0
for chord in "C3 G3 C4 E4 G4 E4 C4 G3" "A2 E3 A3 C4 E4 C4 A3 E3" "F2 C3 F3 A3 C4 A3 F3 C3" "G2 D3 G3 B3 D4 B3 G3 D3"; do
  for note in $chord; do
    i=$((i + 1))
    sox -q -n -r 8000 -c 1 "$tmp/$(printf %03d $i).wav" synth 0.5 pluck "$note" fade l 0.005 0.5 0.08 gain -6
  done
done
sox -q "$tmp"/0*.wav -e u-law music.wav lowpass 2800 gain -n -9
