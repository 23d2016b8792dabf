package media

import (
	"testing"
	"time"
)

// No packet for 30 s at the start or 15 s later is a dead line, told once; a line on hold may be silent for ever.
func TestDeadMediaIsNoticed(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		silent := func() int { return ann.count(Silent) }
		s.lasts(29 * time.Second)
		if silent() > 0 {
			t.Fatal("told before 30 s")
		}
		s.lasts(2 * time.Second)
		if silent() != 1 {
			t.Errorf("told %d times after 31 s", silent())
		}
		s.lasts(time.Minute)
		if silent() != 1 {
			t.Errorf("told %d times", silent())
		}

		ann.hz = 440 // there it is
		s.lasts(time.Second)
		ann.hz = 0
		s.lasts(14 * time.Second)
		if silent() != 1 {
			t.Error("told before 15 s")
		}
		s.lasts(2 * time.Second)
		if silent() != 2 {
			t.Errorf("told %d times after 16 s", silent())
		}

		ann.hz = 440
		s.lasts(time.Second)
		ann.hz = 0
		ann.offer("a=sendonly\r\n") // holds us, with its own music or without
		s.lasts(time.Minute)
		ann.offer("a=inactive\r\n")
		s.lasts(time.Minute)
		ann.offer("a=recvonly\r\n") // it only listens: nothing is due
		s.lasts(time.Minute)
		if silent() != 2 {
			t.Error("told while held")
		}
		ann.offer("")
		s.lasts(14 * time.Second)
		if silent() != 2 {
			t.Error("told at once after a hold")
		}
		s.lasts(2 * time.Second)
		if silent() != 3 {
			t.Errorf("told %d times after the hold", silent())
		}
		if held, resumed := ann.count(Held), ann.count(Resumed); held != 1 || resumed != 1 {
			t.Errorf("held %d times, resumed %d times", held, resumed)
		}
	})
}

// Garbage and strangers do not keep a dead line alive.
func TestGarbageIsNoSignOfLife(t *testing.T) {
	inStudio(t, func(s *studio) {
		ann := s.phone("ann", PCMU, LineOptions{})
		ann.hz = 440
		s.lasts(time.Second)
		ann.hz = 0
		for range 16 {
			s.lasts(time.Second)
			ann.sends([]byte{0x80, 0, 1})
			ann.sends([]byte{0x9F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
			ann.sendsFrom("198.51.100.1:9", loud())
		}
		if ann.count(Silent) != 1 {
			t.Errorf("told %d times", ann.count(Silent))
		}
	})
}
