package audio

import (
	"math"
	"time"
)

// The frequencies of ITU-T Q.23 and the keys where they cross.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
)

const keypad = "123A456B789C*0#D"

// eventKeys is the order of keys in RFC 4733 section 3.2.
const eventKeys = "0123456789*#ABCD"

// Key is the key of an RFC 4733 event, false above 15.
func Key(event byte) (string, bool) {
	if int(event) >= len(eventKeys) {
		return "", false
	}
	return eventKeys[event : event+1], true
}

// Event is the RFC 4733 event of a key, false when it is none.
func Event(key byte) (byte, bool) {
	for i := range len(eventKeys) {
		if eventKeys[i] == key {
			return byte(i), true
		}
	}
	return 0, false
}

// KeyTone makes the two tones of a key (ITU-T Q.23) at a level that Q.24 receivers accept.
func KeyTone(key byte, d time.Duration) []int16 {
	for i := range len(keypad) {
		if keypad[i] == key {
			low, high := Tone(rows[i/4], 0.25, d), Tone(columns[i%4], 0.3, d)
			for j := range low {
				low[j] += high[j]
			}
			return low
		}
	}
	return nil
}

// Detector finds keys in the sound of one party, by the limits of ITU-T Q.24: 45 ms of both tones, each 1.5 % off at
// most, twist up to 10 dB, little else in the sound.
type Detector struct {
	block []int16 // one and a bit frame: 205 samples resolve neighbouring rows
	run   int     // blocks in which last was heard
	quiet int
	last  byte
	told  bool
}

const (
	blockLen  = 102 // 12.75 ms: three make a key of 40 ms
	threshold = 0.02
)

// Feed takes the next samples (8 kHz) and returns a key when one has just begun.
func (d *Detector) Feed(samples []int16) (key byte, ok bool) {
	for len(samples) > 0 {
		n := min(blockLen-len(d.block), len(samples))
		if d.block == nil {
			d.block = make([]int16, 0, blockLen)
		}
		d.block = append(d.block, samples[:n]...)
		samples = samples[n:]
		if len(d.block) < blockLen {
			break
		}
		if k := d.take(keyIn(d.block)); k != 0 {
			key, ok = k, true
		}
		d.block = d.block[:0]
	}
	return key, ok
}

// take counts blocks; a key is told once, after three blocks of it.
func (d *Detector) take(k byte) byte {
	if k == 0 || k != d.last && d.told {
		d.quiet++
		if d.quiet >= 2 { // one bad block is no new key
			d.last, d.run, d.told = k, 0, false
		}
		if k == 0 {
			return 0
		}
	}
	d.quiet = 0
	if k != d.last {
		d.last, d.run = k, 0
	}
	d.run++
	if d.run == 3 && !d.told {
		d.told = true
		return k
	}
	return 0
}

// keyIn is the key whose tones stand out in a block, 0 when there is none.
func keyIn(block []int16) byte {
	var energy float64
	for _, s := range block {
		v := float64(s) / math.MaxInt16
		energy += v * v
	}
	energy /= float64(len(block))
	if energy < threshold*threshold {
		return 0
	}
	row, low, low2 := loudest(block, rows)
	col, high, high2 := loudest(block, columns)
	switch {
	case low < threshold || high < threshold:
	case high > 2.5*low*1.6 || low > 2.5*high*1.6: // twist
	case low2 > 0.65*low || high2 > 0.65*high: // a second tone of the group: speech
	case (low*low+high*high)/2 < 0.7*energy: // much else: speech or music
	default:
		return keypad[row*4+col]
	}
	return 0
}

// loudest is the strongest frequency of a group, its level, and that of the runner-up.
func loudest(block []int16, group [4]float64) (at int, best, second float64) {
	for i, hz := range group {
		switch l := Level(block, hz, Rate); {
		case l > best:
			at, best, second = i, l, best
		case l > second:
			second = l
		}
	}
	return at, best, second
}
