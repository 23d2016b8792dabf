package audio

import (
	"math"
	"time"
)

// Rate is the sample rate of the telephone network, in Hz.
const Rate = 8000

// Tone makes a sine of the given frequency and amplitude (0…1) at 8 kHz.
func Tone(hz, amplitude float64, d time.Duration) []int16 {
	out := make([]int16, int(d.Seconds()*Rate))
	for i := range out {
		out[i] = int16(amplitude * math.MaxInt16 * math.Sin(2*math.Pi*hz*float64(i)/Rate))
	}
	return out
}

// Level is the amplitude (0…1) of one frequency in samples taken at rate, by Goertzel's algorithm.
func Level(samples []int16, hz float64, rate int) float64 {
	if len(samples) == 0 {
		return 0
	}
	c := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var a, b float64
	for _, s := range samples {
		a, b = float64(s)/math.MaxInt16+c*a-b, a
	}
	return 2 * math.Sqrt(max(a*a+b*b-c*a*b, 0)) / float64(len(samples))
}

// Loudness is the root mean square (0…1) of samples.
func Loudness(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		v := float64(s) / math.MaxInt16
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(len(samples), 1)))
}

// Resample converts mono samples between rates (Hz) with a windowed sinc, wide enough for telephone quality.
func Resample(in []int16, from, to int) []int16 {
	if from == to || len(in) == 0 {
		return in
	}
	const half = 16 // zero crossings on each side
	step := float64(from) / float64(to)
	cut := min(1, 1/step) // below the lower rate's Nyquist frequency
	out := make([]int16, int(float64(len(in))/step))
	for i := range out {
		at := float64(i) * step
		lo, hi := int(math.Ceil(at-half/cut)), int(math.Floor(at+half/cut))
		var sum, weight float64
		for k := max(lo, 0); k <= min(hi, len(in)-1); k++ {
			w := sinc((at-float64(k))*cut) * hann((at-float64(k))*cut/half)
			sum += w * float64(in[k])
			weight += w
		}
		if weight != 0 {
			sum /= weight
		}
		out[i] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(sum))))
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func hann(x float64) float64 { return 0.5 + 0.5*math.Cos(math.Pi*x) }
