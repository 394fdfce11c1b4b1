package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// free is how many wrong secrets cost nothing.
	free = 5
	// shortest is the wait after the next one; it doubles up to longest.
	shortest, longest = time.Second, 32 * time.Second
	// forgiving is after how long without a wrong secret an address is forgotten.
	forgiving = 10 * time.Minute
	// mostPlaces bounds the addresses that are remembered.
	mostPlaces = 4096
)

// Guard remembers where wrong secrets come from: at most 4096 addresses, half a megabyte.
// The zero value is ready; a nil Guard holds up nobody. Its methods may be called
// concurrently.
type Guard struct {
	mu     sync.Mutex
	places map[netip.Prefix]*place
}

// place is an address with wrong secrets.
type place struct {
	wrong int
	tried [4]uint64 // digests of the last ones, the next to be replaced in front
	last  time.Time // when the last one came
	until time.Time // nothing is looked at before
}

// of is what counts as one address: of IPv6 the network, of which a single machine has
// all addresses.
func of(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	p, _ := from.Prefix(bits) // the zero Prefix for an address that is none
	return p
}

// Wait is how long secrets from an address are not looked at; 0 if they are.
func (g *Guard) Wait(from netip.Addr, now time.Time) time.Duration {
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.places[of(from)]
	if p == nil {
		return 0
	}
	return max(0, p.until.Sub(now))
}

// Wrong notes a wrong secret from an address, of which it keeps eight bytes of the SHA-256.
func (g *Guard) Wrong(from netip.Addr, secret string, now time.Time) {
	if g == nil {
		return
	}
	sum := sha256.Sum256([]byte(secret))
	digest := binary.LittleEndian.Uint64(sum[:])
	g.mu.Lock()
	defer g.mu.Unlock()
	key := of(from)
	p := g.places[key]
	switch {
	case p == nil:
		g.makeRoom(now)
		p = &place{}
		g.places[key] = p
	case slices.Contains(p.tried[:], digest):
		return
	case now.Sub(p.last) >= forgiving:
		p.wrong = 0
	}
	copy(p.tried[:], p.tried[1:])
	p.tried[len(p.tried)-1] = digest
	p.wrong++
	p.last = now
	if n := p.wrong - free; n > 0 {
		p.until = now.Add(longest)
		if n < 6 {
			p.until = now.Add(shortest << (n - 1))
		}
	}
}

// makeRoom lets one more address in. When there are too many, those that are forgiven go,
// or the one that has been quiet for longest.
func (g *Guard) makeRoom(now time.Time) {
	if g.places == nil {
		g.places = make(map[netip.Prefix]*place)
	}
	if len(g.places) < mostPlaces {
		return
	}
	var quiet netip.Prefix
	var since time.Time
	for key, p := range g.places {
		if now.Sub(p.last) >= forgiving {
			delete(g.places, key)
			continue
		}
		if since.IsZero() || p.last.Before(since) || p.last.Equal(since) && key.Addr().Less(quiet.Addr()) {
			quiet, since = key, p.last
		}
	}
	if len(g.places) >= mostPlaces {
		delete(g.places, quiet)
	}
}

// From is the address of a peer that is written as "host:port"; the zero Addr, which is
// an address as others are, if it is none.
func From(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}
