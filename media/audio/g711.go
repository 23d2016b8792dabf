// Package audio is the arithmetic of sound: G.711, tones, keys, resampling, WAV. It knows no sockets and no calls.
package audio

// Silence bytes of the two laws.
const (
	MuSilence = 0xFF
	ASilence  = 0xD5
)

// The tables of ITU-T G.711 in both directions.
var (
	muToLinear = table(func(i int) int16 { return decodeMu(byte(i)) })
	aToLinear  = table(func(i int) int16 { return decodeA(byte(i)) })
	linearToMu = inverse(encodeMu)
	linearToA  = inverse(encodeA)
)

// MuToA is the A-law byte nearest to each µ-law byte.
var MuToA = table(func(i int) byte { return encodeA(decodeMu(byte(i))) })

// AToMu is the µ-law byte nearest to each A-law byte.
var AToMu = table(func(i int) byte { return encodeMu(decodeA(byte(i))) })

func table[T byte | int16](entry func(i int) T) (t [256]T) {
	for i := range t {
		t[i] = entry(i)
	}
	return t
}

// inverse is indexed by the upper 14 bits: neither law tells finer steps apart.
func inverse(encode func(int16) byte) (t [65536 >> 2]byte) {
	for i := range t {
		t[i] = encode(int16(uint16(i << 2)))
	}
	return t
}

// decodeMu is G.711 table 2: sign, three bits of segment, four of step, all inverted, biased by 33 (132 at 16 bits).
func decodeMu(b byte) int16 {
	b = ^b
	v := (int(b&0x0F)<<3 + 0x84) << (b >> 4 & 7)
	if b&0x80 != 0 {
		return int16(0x84 - v)
	}
	return int16(v - 0x84)
}

func encodeMu(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + 0x84
	seg := 7
	for mask := 0x4000; seg > 0 && v&mask == 0; mask >>= 1 {
		seg--
	}
	return ^(sign | byte(seg<<4) | byte(v>>(seg+3)&0x0F))
}

// decodeA is G.711 table 1: even bits inverted, no bias, a linear first segment.
func decodeA(b byte) int16 {
	b ^= 0x55
	v := int(b&0x0F)<<4 + 8
	if seg := b >> 4 & 7; seg > 0 {
		v = (v + 0x100) << (seg - 1)
	}
	if b&0x80 == 0 {
		return int16(-v)
	}
	return int16(v)
}

func encodeA(s int16) byte {
	v, sign := int(s), byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	seg := 0
	for v>>(seg+8) != 0 && seg < 7 {
		seg++
	}
	step := v >> 4 & 0x0F
	if seg > 0 {
		step = v >> (seg + 3) & 0x0F
	}
	return (sign | byte(seg<<4) | byte(step)) ^ 0x55
}

// EncodeMu writes samples as PCMU; dst must be as long as src.
func EncodeMu(dst []byte, src []int16) {
	for i, s := range src {
		dst[i] = linearToMu[uint16(s)>>2]
	}
}

// EncodeA writes samples as PCMA; dst must be as long as src.
func EncodeA(dst []byte, src []int16) {
	for i, s := range src {
		dst[i] = linearToA[uint16(s)>>2]
	}
}

// DecodeMu reads PCMU; dst must be as long as src.
func DecodeMu(dst []int16, src []byte) {
	for i, b := range src {
		dst[i] = muToLinear[b]
	}
}

// DecodeA reads PCMA; dst must be as long as src.
func DecodeA(dst []int16, src []byte) {
	for i, b := range src {
		dst[i] = aToLinear[b]
	}
}
