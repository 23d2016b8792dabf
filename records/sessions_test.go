package records

import (
	"strings"
	"testing"
	"time"
)

// found is the value of a session, "-" when there is none.
func found(t *testing.T, k *Sessions, hash string) string {
	t.Helper()
	v, ok, err := k.Get(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "-"
	}
	return v
}

func TestLoginsOutlastTheProcess(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		ctx, later := t.Context(), time.Now().Add(time.Hour)
		s := open()
		k := s.Sessions()
		for _, err := range []error{
			k.Put(ctx, "one", "first", later), k.Put(ctx, "two", "second", later), k.Put(ctx, "old", "x", time.Now().Add(-time.Minute)),
			k.Extend(ctx, "one", "first again", later.Add(time.Hour)), k.Extend(ctx, "none", "x", later), k.Delete(ctx, "two"),
			k.Delete(ctx, "none"), k.Put(ctx, "three", "third", later),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		k = open().Sessions()
		for hash, want := range map[string]string{"one": "first again", "two": "-", "three": "third", "none": "-", "old": "-", "": "-"} {
			if got := found(t, k, hash); got != want {
				t.Errorf("%q is %q, want %q", hash, got, want)
			}
		}
	})
}

// A logout at one node counts at all of them.
func TestALogoutCountsAtEveryNode(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		here, there := open().Sessions(), open().Sessions()
		if err := here.Put(t.Context(), "one", "first", time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := found(t, there, "one"); got != "first" {
			t.Fatalf("the other node knows %q", got)
		}
		if err := here.Delete(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		if err := there.Extend(t.Context(), "one", "back", time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := found(t, there, "one"); got != "-" {
			t.Errorf("after the logout the other node knows %q", got)
		}
	})
}

// While the database is away, those who are logged in go on, others log in, and nobody is lost when it is back. A
// logout that cannot be stored is an error: it would be undone by the next start.
func TestLoginsWhileTheDatabaseIsAway(t *testing.T) {
	url := database(t)
	k, ctx, later := open(t, url).Sessions(), t.Context(), time.Now().Add(time.Hour)
	if err := k.Put(ctx, "before", "b", later); err != nil {
		t.Fatal(err)
	}
	other := open(t, url).Sessions()
	if err := other.Put(ctx, "elsewhere", "e", later); err != nil {
		t.Fatal(err)
	}
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := k.Put(ctx, "meanwhile", "m", later); err != nil {
		t.Errorf("no login: %v", err)
	}
	if got := found(t, k, "before") + found(t, k, "meanwhile"); got != "bm" {
		t.Errorf("they are %q", got)
	}
	if err := k.Extend(ctx, "before", "b2", later); err != nil {
		t.Error(err)
	}
	if _, ok, err := k.Get(ctx, "elsewhere"); ok || err == nil || !strings.Contains(err.Error(), "session") {
		t.Errorf("a session that nobody here has seen: %v, %v", ok, err)
	}
	if err := k.Delete(ctx, "before"); err == nil {
		t.Error("a logout that is not stored")
	}
	if got := found(t, k, "before"); got != "b2" {
		t.Errorf("and after it: %q", got)
	}
	if err := pg.Start(); err != nil {
		t.Fatal(err)
	}
	if got := found(t, k, "meanwhile"); got != "m" { // which saves it
		t.Errorf("with the database back: %q", got)
	}
	fresh := open(t, url).Sessions()
	if got := found(t, fresh, "before") + found(t, fresh, "meanwhile") + found(t, fresh, "elsewhere"); got != "bme" {
		t.Errorf("another process knows %q", got)
	}
	if err := fresh.Delete(ctx, "meanwhile"); err != nil {
		t.Fatal(err)
	}
	if got := found(t, k, "meanwhile"); got != "-" {
		t.Errorf("deleted elsewhere: %q", got)
	}
}
