package calls

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callfloor/callfloor/media"
)

// Redis is away when a caller comes to a queue: they hear its music at once, and the welcome when they have a place.
func TestACallerHearsMusicWhileRedisIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.away = 10 * time.Second
		music, welcome := &media.Sound{}, &media.Sound{}
		call := Start(t.Context(), o.setup(caller, func(ctx context.Context, c *Call) error {
			if err := c.Answer(ctx); err != nil {
				return err
			}
			_, err := c.Queue(ctx, Want{Queue: "sales", Music: music, Welcome: []*media.Sound{welcome}})
			return err
		}))
		hears := func() (sound *media.Playback) {
			synctest.Wait()
			_ = call.do(func() { sound = call.sound })
			return sound
		}
		time.Sleep(200 * time.Millisecond)
		if hears() != nil {
			t.Error("music, and Redis may answer yet")
		}
		time.Sleep(time.Second)
		playing := hears()
		if playing == nil {
			t.Fatal("silence while Redis is away")
		}
		time.Sleep(9 * time.Second)
		if now := hears(); now == nil || now == playing {
			t.Error("no welcome, though there is a place")
		}
		check(t, "the router was told", []string{"enqueue sales"}, o.list())
		caller.says(SigGone)
		<-call.Done()
	})
}

// Whoever may wait for a minute waits no longer because Redis is away.
func TestNobodyWaitsForRedisLongerThanTheyMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, caller := newOffice(t), newPhone(ann)
		o.away = time.Hour
		var out Outcome
		began := time.Now()
		call := Start(t.Context(), o.setup(caller, queued(&out)))
		<-call.Done()
		check(t, "outcome", TimedOut, out)
		check(t, "waited", time.Minute, time.Since(began))
	})
}
