package media

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

// The clock of a loop: every line has its turn once in a frame of 20 ms, lines spread over five phases.
const (
	frame   = 20 * time.Millisecond
	phases  = 5
	step    = frame / phases
	samples = 160             // of a frame at 8 kHz
	crowd   = 20              // lines: from here on packets come more often than once in a nap
	nap     = 2               // ms
	linger  = 2 * time.Second // closed ports stay bound, so that the next call never hears the old one
)

var errClosed = errors.New("media: the engine is closed")

// loop is one goroutine with its sockets, its own epoll, its clock and its lines. All fields below the line are its own.
type loop struct {
	epoll, wake int
	mu          sync.Mutex
	inbox       []func()
	closing     bool
	done        chan struct{}
	count       counters

	now       int64 // nanoseconds of a monotonic clock, taken once per turn
	began     time.Time
	next      int64 // when the next phase is due
	phase     int
	ticks     int64 // phases so far
	yieldAt   int64
	ready     [256]unix.EpollEvent
	posted    [1]unix.PollFd
	bySocket  []watched
	lines     [phases][]*Line
	taps      []*Tap
	lingering []farewell
	buf       [2048]byte
	clear     [2048]byte // a packet after decryption
	header    rtp.Header
	from      sockaddr
}

type counters struct {
	lines                  atomic.Int64
	in, out, dropped, late atomic.Uint64
	worst                  atomic.Int64
}

// watched is what a readable socket belongs to.
type watched struct {
	line *Line
	rtcp bool
}

type farewell struct {
	fd int
	at int64
}

func newLoop() (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		closeFD(ep)
		return nil, err
	}
	l := &loop{epoll: ep, wake: wake, done: make(chan struct{}), began: time.Now()}
	l.watch(wake, watched{})
	l.posted[0] = unix.PollFd{Fd: int32(wake), Events: unix.POLLIN}
	go l.run()
	return l, nil
}

// do runs f in the loop and waits for it.
func (l *loop) do(f func()) error {
	ran := make(chan struct{})
	if err := l.post(func() { f(); close(ran) }); err != nil {
		return err
	}
	<-ran
	return nil
}

// post runs f in the loop soon, in the order of posting.
func (l *loop) post(f func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return errClosed
	}
	l.inbox = append(l.inbox, f)
	if len(l.inbox) == 1 {
		_, _ = unix.Write(l.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
	return nil
}

// close ends the loop after what was posted.
func (l *loop) close() {
	l.mu.Lock()
	l.closing = true
	_, _ = unix.Write(l.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	l.mu.Unlock()
	<-l.done
}

func (l *loop) run() {
	defer close(l.done)
	defer l.closeAll()
	l.next = int64(time.Since(l.began)) + int64(step)
	for {
		ready, err := l.wait()
		if err != nil {
			return
		}
		l.now = int64(time.Since(l.began))
		for _, e := range ready {
			if fd := int(e.Fd); fd != l.wake {
				l.readable(fd)
			} else if !l.obey() {
				return
			}
		}
		for l.now >= l.next {
			l.tick()
		}
		l.yield()
	}
}

// wait gives the sockets that have something. A loop with a crowd looks once in a nap instead of waking for each packet;
// what is posted wakes it at once.
func (l *loop) wait() ([]unix.EpollEvent, error) {
	patience := l.patience()
	if patience > 0 && l.count.lines.Load() >= crowd {
		_, _ = unix.Poll(l.posted[:], nap)
		patience = 0
	}
	n, err := unix.EpollWait(l.epoll, l.ready[:], patience)
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	return l.ready[:max(n, 0)], err
}

// yield lets Go's scheduler see, at least every 10 ms, that this goroutine has its turns like any other: from one that
// seems never to end it would take the processor back, and for that wake every 20 µs.
func (l *loop) yield() {
	if l.ticks >= l.yieldAt {
		l.yieldAt = l.ticks + 2
		runtime.Gosched()
	}
}

// patience is how long the loop may sleep, in ms: until the next phase, or for long when it has no lines.
func (l *loop) patience() int {
	if l.count.lines.Load() == 0 && len(l.taps) == 0 && len(l.lingering) == 0 {
		return 1000
	}
	d := l.next - int64(time.Since(l.began))
	return int(max(0, (d+int64(time.Millisecond)-1)/int64(time.Millisecond)))
}

// obey runs what was posted; false when the loop is to end.
func (l *loop) obey() bool {
	var b [8]byte
	_, _ = unix.Read(l.wake, b[:])
	l.mu.Lock()
	todo := l.inbox
	l.inbox = nil
	closing := l.closing
	l.mu.Unlock()
	for _, f := range todo {
		f()
	}
	return !closing
}

// tick is one phase's turn.
func (l *loop) tick() {
	if late := l.now - l.next; late > int64(10*time.Millisecond) {
		l.count.late.Add(1)
		l.count.worst.Store(max(l.count.worst.Load(), late))
		if late > int64(time.Second) { // it slept without lines, or the machine stood still
			l.next = l.now
		}
	}
	l.next += int64(step)
	l.ticks++
	l.phase = int(l.ticks % phases)
	for _, line := range l.lines[l.phase] {
		line.tick()
	}
	if l.phase == 0 {
		for _, t := range l.taps {
			t.tick(l.station())
		}
		l.forget()
	}
}

// station is the frame that radio-like music is at.
func (l *loop) station() int64 { return l.ticks / phases }

// forget closes ports that lingered long enough.
func (l *loop) forget() {
	for len(l.lingering) > 0 && l.lingering[0].at <= l.now {
		closeFD(l.lingering[0].fd)
		l.lingering = l.lingering[1:]
	}
}

func (l *loop) watch(fd int, w watched) {
	if fd >= len(l.bySocket) {
		l.bySocket = append(l.bySocket, make([]watched, fd+64-len(l.bySocket))...)
	}
	l.bySocket[fd] = w
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// leave stops listening to a socket and closes it a little later.
func (l *loop) leave(fd int) {
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, fd, nil)
	l.bySocket[fd] = watched{}
	l.lingering = append(l.lingering, farewell{fd, l.now + int64(linger)})
}

// readable takes one packet; more of them are told again by epoll.
func (l *loop) readable(fd int) {
	w := l.bySocket[fd]
	if w.line == nil {
		return
	}
	n := recv(fd, l.buf[:], &l.from)
	if n == 0 {
		return
	}
	l.count.in.Add(1)
	if w.rtcp {
		w.line.rtcp(l.buf[:n])
		return
	}
	w.line.receive(l.buf[:n], &l.from, fd)
}

func (l *loop) add(line *Line) {
	best := 0
	for p := range l.lines {
		if len(l.lines[p]) < len(l.lines[best]) {
			best = p
		}
	}
	line.phase = best
	l.lines[best] = append(l.lines[best], line)
	l.count.lines.Add(1)
	if len(l.lines[best]) == 1 && l.next < l.now {
		l.next = l.now
	}
}

func (l *loop) remove(line *Line) {
	was := len(l.lines[line.phase])
	l.lines[line.phase] = slices.DeleteFunc(l.lines[line.phase], func(x *Line) bool { return x == line })
	l.count.lines.Add(int64(len(l.lines[line.phase]) - was))
}

func (l *loop) closeAll() {
	l.mu.Lock()
	l.closing = true
	todo := l.inbox
	l.inbox = nil
	l.mu.Unlock()
	for _, f := range todo {
		f()
	}
	for fd, w := range l.bySocket {
		if w.line != nil {
			closeFD(fd)
		}
	}
	for _, f := range l.lingering {
		closeFD(f.fd)
	}
	for _, t := range l.taps {
		t.finish()
	}
	closeFD(l.wake)
	closeFD(l.epoll)
}
