package config

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/specs/mistake"
)

// builtIn are the roles that are there without being written, each for all registers.
var builtIn = []string{"read-only", "operator", "engineer"}

// roleNames are all roles, the built-in ones first.
func (c *Config) roleNames() []string {
	own := slices.DeleteFunc(names(c.Roles), func(n string) bool { return slices.Contains(builtIn, n) })
	return append(slices.Clone(builtIn), own...)
}

// anonymous is the role of who is no known client; "" for none.
func (c *Config) anonymous() string {
	switch {
	case c.Anonymous != nil:
		return *c.Anonymous
	case len(c.Clients) > 0:
		return ""
	}
	return "engineer"
}

// Open tells whether somebody who proves nothing may write.
func (c *Config) Open() bool {
	name := c.anonymous()
	if r, ok := c.Roles[name]; ok {
		return accessOf(r.Access) > protocol.ReadOnly && len(r.Write) > 0
	}
	return accessOf(name) > protocol.ReadOnly
}

// Grants are what the clients of a server may do. They are immutable.
type Grants struct {
	clients   map[shown]protocol.Grant
	roles     map[string]protocol.Grant
	anonymous string
}

// shown is what a client shows: its certificate's common name and its token's digest.
type shown struct {
	certificate string
	token       [sha256.Size]byte
}

// Grants resolves the patterns of the roles against a bank whose registers are all
// defined. A pattern that no register has is an error with its place, and the nearest
// name. A register that is in the configuration but not in the bank, since it was added
// after the start, counts.
func (c *Config) Grants(b *protocol.Bank) (*Grants, error) {
	p := &problems{}
	var all []string
	for _, info := range b.Registers() {
		all = append(all, info.Name)
	}
	g := &Grants{clients: map[shown]protocol.Grant{}, roles: map[string]protocol.Grant{}, anonymous: c.anonymous()}
	for _, name := range builtIn {
		g.roles[name] = protocol.Grant{Name: name, Access: accessOf(name)}
	}
	for _, name := range names(c.Roles) {
		r := c.Roles[name]
		g.roles[name] = protocol.Grant{
			Name: name, Access: accessOf(r.Access),
			Read:  c.ranges(p, all, r.Read, "roles", name, "read"),
			Write: c.ranges(p, all, r.Write, "roles", name, "write"),
		}
	}
	for name, client := range c.Clients {
		grant := g.roles[client.Role]
		grant.Name = name // in logs, on the console, and of its clock's registers
		g.clients[shown{client.Certificate, c.src.tokens[name]}] = grant
	}
	return g, p.err()
}

// ranges are the registers that patterns stand for; nil for all.
func (c *Config) ranges(p *problems, all, patterns []string, path ...string) []protocol.Range {
	if slices.Contains(patterns, "*") {
		return nil
	}
	var refs []protocol.Ref
	for i, pattern := range patterns {
		matches := matcher(pattern)
		n := len(refs)
		for ref, name := range all {
			if matches(name) {
				refs = append(refs, protocol.Ref(ref))
			}
		}
		if len(refs) == n && !slices.ContainsFunc(c.src.order, matches) {
			at := append(slices.Clip(path), fmt.Sprint(i))
			p.Add(at, c.src.at(at).value, "%s: no register is called %q; %s", mistake.Show(at), pattern, near(pattern, all))
		}
	}
	return protocol.RangesOf(refs)
}

// matcher tells which names a pattern stands for.
func matcher(pattern string) func(string) bool {
	if !strings.Contains(pattern, "*") {
		return func(name string) bool { return name == pattern }
	}
	parts := strings.Split(pattern, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString
}

// near proposes what a pattern without registers may have meant.
func near(pattern string, all []string) string {
	stem, star := strings.CutSuffix(pattern, ".*")
	if star {
		groups := map[string]bool{}
		for _, name := range all {
			for i, c := range name {
				if c == '.' {
					groups[name[:i]] = true
				}
			}
		}
		known := slices.Sorted(maps.Keys(groups))
		if guess := mistake.Nearest(stem, known); guess != "" {
			return fmt.Sprintf("did you mean %q?", guess+".*")
		}
	} else if guess := mistake.Nearest(pattern, all); guess != "" {
		return fmt.Sprintf("did you mean %q?", guess)
	}
	if len(all) == 0 {
		return "there are no registers"
	}
	return fmt.Sprintf("there are %d registers, from %q on", len(all), all[0])
}

// Authorise says what a client may do by what it shows, or false to turn it away: one
// that shows a token which nobody has, or nothing where the configuration has no role
// for that. A token and a certificate that belong together are both asked for. It is
// for the server's Options, and may be called concurrently.
func (g *Grants) Authorise(cr wire.Credentials) (protocol.Grant, bool) {
	if cr.Token != "" {
		token := sha256.Sum256([]byte(cr.Token))
		grant, ok := g.clients[shown{cr.Certificate, token}]
		if !ok {
			grant, ok = g.clients[shown{"", token}]
		}
		return grant, ok
	}
	if grant, ok := g.clients[shown{certificate: cr.Certificate}]; ok {
		return grant, true
	}
	grant, ok := g.roles[g.anonymous]
	return grant, ok
}

// User says what the client of a name may do that shows its token as a password, as in
// OPC UA; or, with an empty name, what somebody may who is nobody in particular. One that
// has a certificate as well is refused: it cannot be shown there.
func (g *Grants) User(name, password string) (protocol.Grant, bool) {
	if name == "" {
		return g.Authorise(wire.Credentials{})
	}
	grant, ok := g.clients[shown{token: sha256.Sum256([]byte(password))}]
	return grant, ok && grant.Name == name
}

// Role is what the clients of a role may do, as for a gateway's.
func (g *Grants) Role(name string) (protocol.Grant, bool) {
	grant, ok := g.roles[name]
	return grant, ok
}
