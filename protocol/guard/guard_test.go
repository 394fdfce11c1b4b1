package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var begin = time.Unix(1_000_000, 0)

// guess is one more secret.
func (g *Guard) guess(from netip.Addr, now time.Time) {
	guesses++
	g.Wrong(from, fmt.Sprint("guess ", guesses), now)
}

var guesses int

func TestTheFirstMistakesCostNothingAndEachFurtherOneMore(t *testing.T) {
	var g Guard
	from := netip.MustParseAddr("192.0.2.7")
	now := begin
	for i, want := range []time.Duration{0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 32, 32} {
		g.guess(from, now)
		want *= time.Second
		if got := g.Wait(from, now); got != want {
			t.Errorf("after %d wrong ones the wait is %v, want %v", i+1, got, want)
		}
		if want > 0 && g.Wait(from, now.Add(want-1)) != 1 {
			t.Error("the wait does not run down")
		}
		now = now.Add(want)
		if got := g.Wait(from, now); got != 0 {
			t.Errorf("when it is over, %v are left", got)
		}
	}
}

func TestAGuesserHasAFewThousandTriesADay(t *testing.T) {
	var g Guard
	from := netip.MustParseAddr("192.0.2.7")
	tries := 0
	for now := begin; now.Before(begin.Add(24 * time.Hour)); {
		if wait := g.Wait(from, now); wait > 0 {
			now = now.Add(wait)
			continue
		}
		tries++
		g.guess(from, now)
	}
	if tries > 2800 {
		t.Errorf("%d tries", tries)
	}
}

func TestTenMinutesWithoutAMistakeForgive(t *testing.T) {
	var g Guard
	from := netip.MustParseAddr("192.0.2.7")
	for range 20 {
		g.guess(from, begin)
	}
	g.guess(from, begin.Add(forgiving-1))
	if g.Wait(from, begin.Add(forgiving-1)) != longest {
		t.Error("forgiven too soon")
	}
	later := begin.Add(2*forgiving - 1)
	g.guess(from, later)
	if got := g.Wait(from, later); got != 0 {
		t.Errorf("not forgiven: %v", got)
	}
}

func TestAProgramWithOldTokensIsNoGuesser(t *testing.T) {
	var g Guard
	from := netip.MustParseAddr("192.0.2.7")
	for n := range 1000 {
		g.Wrong(from, []string{"old", "older", "oldest"}[n%3], begin.Add(time.Duration(n)*time.Second))
	}
	if got := g.Wait(from, begin.Add(1000*time.Second)); got != 0 {
		t.Errorf("it waits %v", got)
	}
}

func TestAddressesAreToldApartAndNetworksOfIPv6AreOne(t *testing.T) {
	var g Guard
	for range 10 {
		g.guess(netip.MustParseAddr("192.0.2.7"), begin)
		g.guess(netip.MustParseAddr("2001:db8:1:2:3::7"), begin)
	}
	for addr, waits := range map[string]bool{
		"192.0.2.7": true, "::ffff:192.0.2.7": true, "192.0.2.8": false,
		"2001:db8:1:2::1": true, "2001:db8:1:2:ffff::1%eth0": true, "2001:db8:1:3::1": false,
	} {
		if got := g.Wait(netip.MustParseAddr(addr), begin) > 0; got != waits {
			t.Errorf("%s waits: %t", addr, got)
		}
	}
	if g.Wait(From("@"), begin) != 0 {
		t.Error("who has no address waits for others")
	}
}

func TestNoNumberOfAddressesFillsTheMemoryAndTheQuietestIsForgottenFirst(t *testing.T) {
	var g Guard
	addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	now := begin
	for i := range 3 * mostPlaces {
		now = now.Add(time.Millisecond)
		for range 12 {
			g.guess(addr(i), now)
		}
	}
	if len(g.places) != mostPlaces {
		t.Errorf("%d addresses are remembered", len(g.places))
	}
	if g.Wait(addr(3*mostPlaces-1), now) == 0 || g.Wait(addr(2*mostPlaces+1), now) == 0 || g.places[of(addr(2*mostPlaces-1))] != nil {
		t.Error("not the quietest were forgotten")
	}
	now = now.Add(forgiving + longest)
	g.guess(addr(0), now)
	if len(g.places) != 1 {
		t.Errorf("%d addresses are remembered though all are forgiven", len(g.places))
	}
}

func TestANilGuardHoldsUpNobody(t *testing.T) {
	var g *Guard
	for range 100 {
		g.guess(netip.Addr{}, begin)
	}
	if g.Wait(netip.Addr{}, begin) != 0 {
		t.Error("it waits")
	}
}

func TestEqualCallsGiveEqualAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b Guard
		now := begin
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Second)).Draw(t, "pause")))
			from := From(fmt.Sprintf("10.0.0.%d:1", rapid.IntRange(0, 3).Draw(t, "from")))
			secret := rapid.StringN(0, 3, -1).Draw(t, "secret")
			if wait := a.Wait(from, now); wait != b.Wait(from, now) || wait < 0 || wait > longest {
				t.Fatalf("waits %v and %v", wait, b.Wait(from, now))
			}
			a.Wrong(from, secret, now)
			b.Wrong(from, secret, now)
		}
	})
}

func BenchmarkWait(b *testing.B) {
	var g Guard
	from := netip.MustParseAddr("192.0.2.7")
	g.guess(from, begin)
	b.ReportAllocs()
	for b.Loop() {
		g.Wait(from, begin)
	}
}
