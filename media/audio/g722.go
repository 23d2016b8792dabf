package audio

// G.722 at 64 kbit/s (ITU-T G.722): a byte holds six bits of the lower band and two of the higher, each by an adaptive predictor of its
// own. The lower band is a signal of 8 kHz by itself; and that is what is read and written here, as everything else in this house is of
// 8 kHz: the filters that join and part the bands are not needed, and a byte stands for one sample. What passes from one phone
// to another untouched keeps both bands.

// G722Encoder writes one stream; the zero value is not ready, NewG722Encoder makes one.
type G722Encoder struct{ low band }

// silent are the two bits of a higher band of nothing: the smallest step, of which the smallest scale makes none.
const silent = 3 << 6

// G722Decoder reads one stream; NewG722Decoder makes one.
type G722Decoder struct{ low band }

// NewG722Encoder begins a stream.
func NewG722Encoder() *G722Encoder { return &G722Encoder{low: band{det: lowest}} }

// NewG722Decoder begins to read a stream. Where bytes are missing it finds back by itself.
func NewG722Decoder() *G722Decoder { return &G722Decoder{low: band{det: lowest}} }

// Encode writes samples of 8 kHz; dst must be as long as src.
func (e *G722Encoder) Encode(dst []byte, src []int16) {
	for i, s := range src {
		dst[i] = e.low.encodeLow(int32(s)>>1) | silent
	}
}

// Follow takes bytes that others have written into the stream: the reader has adapted to them, and so does the encoder.
func (e *G722Encoder) Follow(code []byte) {
	for _, b := range code {
		e.low.followLow(b & 0x3F)
	}
}

// Decode reads the lower band as samples of 8 kHz; dst must be as long as src.
func (d *G722Decoder) Decode(dst []int16, src []byte) {
	for i, b := range src {
		dst[i] = int16(d.low.decodeLow(b&0x3F) << 1)
	}
}

// band is one sub-band's predictor: its names are those of the recommendation.
type band struct {
	s, sp, sz int32
	r, p, a   [3]int32
	d, b      [7]int32
	nb, det   int32
}

// lowest is the lower band's smallest step.
const lowest = 32

// The tables of the lower band: decision levels (Q6), codes of negative and positive steps (ILN, ILP), their values in six and in four
// bits (QM6, QM4), and how a step moves the scale (WL by RL42, ILB).
var (
	q6   = [30]int32{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}
	iln  = [31]byte{0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4}
	ilp  = [31]byte{0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32}
	qm4  = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	rl42 = [16]int32{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	wl   = [8]int32{-60, -30, 58, 172, 334, 538, 1198, 3042}
	ilb  = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	qm6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
)

// encodeLow is the six bits of a sample of 15 bits (QUANTL), and moves the predictor on.
func (b *band) encodeLow(x int32) byte {
	e := clamp16(x - b.s)
	size := e
	if e < 0 {
		size = -(e + 1)
	}
	i := 1
	for i < len(q6) && size >= q6[i]*b.det>>12 {
		i++
	}
	code := ilp[i]
	if e < 0 {
		code = iln[i]
	}
	b.followLow(code)
	return code
}

// decodeLow is the sample of six bits (INVQBL, LIMIT).
func (b *band) decodeLow(code byte) int32 {
	x := b.s + qm6[code]*b.det>>15
	b.followLow(code)
	return max(-16384, min(16383, x))
}

// followLow moves scale and predictor by the four bits that both sides are sure of (INVQAL, LOGSCL, SCALEL).
func (b *band) followLow(code byte) {
	d := b.det * qm4[code>>2] >> 15
	b.nb = max(0, min(18432, b.nb*127>>7+wl[rl42[code>>2]]))
	b.det = scale(b.nb, 8)
	b.predict(d)
}

func scale(nb, top int32) int32 {
	shift := top - nb>>11
	if shift < 0 {
		return ilb[nb>>6&31] << -shift << 2
	}
	return ilb[nb>>6&31] >> shift << 2
}

// predict takes the difference that was sent and guesses the next sample (RECONS to PREDIC): two poles, six zeros.
func (b *band) predict(d int32) {
	b.d[0], b.r[0], b.p[0] = d, clamp16(b.s+d), clamp16(b.sz+d)
	w := min(32767, toward(-clamp16(b.a[1]<<2), b.p[0], b.p[1])) // UPPOL2
	a2 := max(-12288, min(12288, b.a[2]*32512>>15+w>>7+toward(128, b.p[0], b.p[2])))
	edge := 15360 - a2 // UPPOL1
	a1 := max(-edge, min(edge, clamp16(b.a[1]*32640>>15+toward(192, b.p[0], b.p[1]))))
	b.a[1], b.a[2] = a1, a2
	step := int32(128)
	if d == 0 {
		step = 0
	}
	var sz int32
	for i := 6; i > 0; i-- { // UPZERO, DELAYA, FILTEZ
		b.b[i] = clamp16(b.b[i]*32640>>15 + toward(step, d, b.d[i]))
		b.d[i] = b.d[i-1]
		sz += b.b[i] * clamp16(2*b.d[i]) >> 15
	}
	b.r[2], b.r[1], b.p[2], b.p[1] = b.r[1], b.r[0], b.p[1], b.p[0]
	b.sz = clamp16(sz)
	b.sp = clamp16(b.a[1]*clamp16(2*b.r[1])>>15 + b.a[2]*clamp16(2*b.r[2])>>15) // FILTEP
	b.s = clamp16(b.sp + b.sz)
}

func same(x, y int32) bool { return x^y >= 0 }

// toward is a step up where both have the same sign.
func toward(step, x, y int32) int32 {
	if same(x, y) {
		return step
	}
	return -step
}

func clamp16(v int32) int32 { return max(-32768, min(32767, v)) }
