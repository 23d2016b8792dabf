package media

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/callfloor/callfloor/media/webrtc"
)

// Config says where sound comes and goes. Nothing of it reloads.
type Config struct {
	Address   string `yaml:"address"`   // IP the sockets bind
	Advertise string `yaml:"advertise"` // IP written into SDP, "" is Address
	Ports     string `yaml:"ports"`     // of RTP (even) and RTCP (odd), "20000-29999"
	WebRTC    uint16 `yaml:"webrtc"`    // the one UDP port for browsers
	Loops     int    `yaml:"loops"`     // 0 is one per two cores
	// Codecs that are offered and answered, in order of preference: PCMU, PCMA, G722.
	Codecs []string `yaml:"codecs"`
}

// DefaultConfig is what a configuration that says nothing means.
func DefaultConfig() Config {
	return Config{Address: "127.0.0.1", Ports: "20000-29999", WebRTC: 8089, Codecs: []string{"PCMU", "PCMA"}}
}

// Validate says all that is wrong with the configuration, each fault beginning with its key.
func (c Config) Validate() error {
	var errs []error
	if _, err := netip.ParseAddr(c.Address); err != nil {
		errs = append(errs, fmt.Errorf("address %q is not an IP address", c.Address))
	}
	if c.Advertise != "" {
		if _, err := netip.ParseAddr(c.Advertise); err != nil {
			errs = append(errs, fmt.Errorf("advertise %q is not an IP address", c.Advertise))
		}
	}
	if _, _, err := c.ports(); err != nil {
		errs = append(errs, err)
	}
	if c.Loops < 0 || c.Loops > 64 {
		errs = append(errs, fmt.Errorf("loops %d: 0 (one per two cores) to 64", c.Loops))
	}
	if _, err := c.codecs(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// codecs are those of the configuration, the default's where it names none.
func (c Config) codecs() (all []Codec, err error) {
	for _, name := range c.Codecs {
		codec, ok := names[name]
		if !ok || slices.Contains(all, codec) {
			return nil, fmt.Errorf("codecs %q: PCMU, PCMA and G722, each once", name)
		}
		all = append(all, codec)
	}
	if len(all) == 0 {
		all = []Codec{PCMU, PCMA}
	}
	return all, nil
}

func (c Config) ports() (low, high int, err error) {
	a, b, ok := strings.Cut(c.Ports, "-")
	low, err1 := strconv.Atoi(a)
	high, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || low < 1024 || high > 65535 || high-low < 3 {
		return 0, 0, fmt.Errorf("ports %q: a range such as 20000-29999, above 1023", c.Ports)
	}
	return low + low&1, high, nil
}

// Engine is the media of one node.
type Engine struct {
	address   netip.Addr
	advertise netip.Addr
	low, high int
	codecs    []Codec
	log       *slog.Logger
	loops     []*loop
	door      *webrtc.Door
	mu        sync.Mutex
	nextPort  int
}

// New opens the engine and starts its loops.
func New(c Config, log *slog.Logger) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	e := &Engine{address: netip.MustParseAddr(c.Address), log: log}
	e.advertise = e.address
	if c.Advertise != "" {
		e.advertise = netip.MustParseAddr(c.Advertise)
	}
	e.low, e.high, _ = c.ports()
	e.codecs, _ = c.codecs()
	e.nextPort = e.low + 2*rand.IntN((e.high-e.low)/2) // phones of a former life may still talk to its ports
	door, err := webrtc.Open(netip.AddrPortFrom(e.address, c.WebRTC), []netip.Addr{e.advertise}, log)
	if err != nil {
		return nil, fmt.Errorf("media.webrtc: %w", err)
	}
	e.door = door
	n := c.Loops
	if n == 0 {
		n = max(1, runtime.NumCPU()/2)
	}
	for range n {
		l, err := newLoop()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("media: %w", err), e.Close())
		}
		e.loops = append(e.loops, l)
	}
	return e, nil
}

// Close stops all sound.
func (e *Engine) Close() error {
	err := e.door.Close()
	for _, l := range e.loops {
		l.close()
	}
	return err
}

// Stats are the engine's counters since its start.
type Stats struct {
	Lines                 int
	PacketsIn, PacketsOut uint64
	Dropped               uint64 // from strangers, undecryptable, malformed
	LateTicks             uint64 // of 4 ms, more than 10 ms late
	WorstLateMS           float64
}

// Stats sums up all loops.
func (e *Engine) Stats() Stats {
	var s Stats
	for _, l := range e.loops {
		s.Lines += int(l.count.lines.Load())
		s.PacketsIn += l.count.in.Load()
		s.PacketsOut += l.count.out.Load()
		s.Dropped += l.count.dropped.Load()
		s.LateTicks += l.count.late.Load()
		s.WorstLateMS = max(s.WorstLateMS, float64(l.count.worst.Load())/1e6)
	}
	return s
}

// Room opens a call's room on the loop with the fewest lines.
func (e *Engine) Room() *Room {
	best := e.loops[0]
	for _, l := range e.loops[1:] {
		if l.count.lines.Load() < best.count.lines.Load() {
			best = l
		}
	}
	return &Room{engine: e, loop: best, lines: map[string]*Line{}}
}

// pairAt binds the ports of a line that goes on.
func (e *Engine) pairAt(port int) (rtp, rtcp int, err error) {
	if port < e.low || port+1 > e.high || port%2 != 0 {
		return 0, 0, fmt.Errorf("media: %d is no RTP port of this node", port)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bindPair(port)
}

// bindPair binds an even port and the odd one above it.
func (e *Engine) bindPair(port int) (rtp, rtcp int, err error) {
	if rtp, err = bind(netip.AddrPortFrom(e.address, uint16(port))); err != nil {
		return 0, 0, fmt.Errorf("media: port %d: %w", port, err)
	}
	if rtcp, err = bind(netip.AddrPortFrom(e.address, uint16(port+1))); err != nil {
		closeFD(rtp)
		return 0, 0, fmt.Errorf("media: port %d: %w", port+1, err)
	}
	return rtp, rtcp, nil
}

// pair binds the next free even port and the odd one above it.
func (e *Engine) pair() (rtp, rtcp int, port int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range (e.high - e.low) / 2 {
		port = e.nextPort
		e.nextPort += 2
		if e.nextPort+1 > e.high {
			e.nextPort = e.low
		}
		if rtp, rtcp, err = e.bindPair(port); err == nil {
			return rtp, rtcp, port, nil
		}
	}
	return 0, 0, 0, errors.New("media: every RTP port is in use")
}
