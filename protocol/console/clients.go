package console

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol/server"
)

// askClients is what the server says of its clients, in the order of their ids.
func (c *Console) askClients() []server.ClientInfo {
	infos := c.o.Server.Clients()
	slices.SortFunc(infos, func(a, b server.ClientInfo) int { return cmp.Compare(a.ID, b.ID) })
	return infos
}

func (s caller) list(ctx context.Context, p ListParams) (ClientsPage, error) {
	c := s.con
	if c.o.Server == nil {
		return ClientsPage{}, unavailable("register server")
	}
	infos, at, err := c.clients.get(ctx, c)
	if err != nil {
		return ClientsPage{}, err
	}
	out := ClientsPage{At: at.Seconds(), Total: len(infos), Clients: []ClientInfo{}}
	first, found := slices.BinarySearchFunc(infos, p.After, func(i server.ClientInfo, id uint64) int { return cmp.Compare(i.ID, id) })
	if found {
		first++
	}
	for i := first; i < len(infos); i++ {
		if len(out.Clients) == page {
			out.More = true
			break
		}
		out.Clients = append(out.Clients, jsonClient(&infos[i]))
	}
	return out, nil
}

func jsonClient(i *server.ClientInfo) ClientInfo {
	return ClientInfo{
		ID: i.ID, Addr: i.Addr.String(), Name: i.Name, Certificate: i.Certificate, Role: i.Role, Access: i.Access.String(),
		Connected: i.Connected.Seconds(), Heard: i.Heard.Seconds(), Counts: jsonCounts(i.Counts),
		Watches: i.Watches, Watched: i.Watched, Sources: i.Sources, Pending: i.Pending, Unsent: i.Unsent,
	}
}

func jsonCounts(n server.Counts) Counts {
	return Counts{
		Requests: n.Requests, Failed: n.Failed, Pushes: n.Pushes, Values: n.Values, Coalesced: n.Coalesced,
		BytesIn: n.BytesIn, BytesOut: n.BytesOut,
	}
}

func (s caller) kick(ctx context.Context, p KickParams) (None, error) {
	if s.con.o.Server == nil {
		return None{}, unavailable("register server")
	}
	if err := shortText("reason", p.Reason); err != nil {
		return None{}, err
	}
	if p.Reason == "" {
		p.Reason = "an engineer ended this connection"
	}
	_, err := patiently(ctx, s.con, func() (None, error) { return None{}, s.con.o.Server.Kick(p.ID, p.Reason) }, nil)
	if err != nil {
		return None{}, noClient(err)
	}
	s.con.clients.forget(s.con)
	s.log.Info("console kicked a client", "who", s.who(), "client", p.ID, "reason", p.Reason)
	return None{}, nil
}

// noClient is the error of a call for one client.
func noClient(err error) error {
	if errors.Is(err, errHangs) || errors.Is(err, errPanicked) {
		return err
	}
	return jrpc2.Errorf(CodeUnknownClient, "%v", err)
}

func (s caller) stats(ctx context.Context, _ None) (Stats, error) {
	c := s.con
	out := Stats{At: c.now().Seconds(), Consoles: c.Stats()}
	if c.o.Server == nil {
		return out, nil
	}
	n, at, err := c.stats.get(ctx, c)
	if err != nil {
		return Stats{}, err
	}
	out.At, out.Counts = at.Seconds(), jsonCounts(n.Counts)
	out.Clients, out.Accepted, out.TurnedAway, out.Ended, out.Dropped = n.Clients, n.Accepted, n.TurnedAway, n.Ended, n.Dropped
	return out, nil
}
