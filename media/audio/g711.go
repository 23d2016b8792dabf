// Package audio is the arithmetic of sound: G.711, tones, keys, resampling, WAV. It knows no sockets and no calls.
package audio

// Silence bytes of the two laws.
const (
	MuSilence = 0xFF
	ASilence  = 0xD5
)

// The tables of ITU-T G.711 in both directions, and from law to law.
var (
	muToLinear [256]int16
	aToLinear  [256]int16
	linearToMu [65536 >> 2]byte
	linearToA  [65536 >> 2]byte
	// MuToA and AToMu convert bytes of one law to the nearest of the other.
	MuToA, AToMu = tables()
)

func tables() (muA, aMu [256]byte) {
	for i := range 256 {
		muToLinear[i] = decodeMu(byte(i))
		aToLinear[i] = decodeA(byte(i))
	}
	for i := range linearToMu {
		v := int16(uint16(i << 2))
		linearToMu[i] = encodeMu(v)
		linearToA[i] = encodeA(v)
	}
	for i := range 256 {
		muA[i] = encodeA(muToLinear[i])
		aMu[i] = encodeMu(aToLinear[i])
	}
	return muA, aMu
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
