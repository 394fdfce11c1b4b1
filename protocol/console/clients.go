package console

import (
	"cmp"
	"context"
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

func (s caller) list(_ context.Context, p ListParams) (ClientsPage, error) {
	c := s.con
	if c.o.Server == nil {
		return ClientsPage{}, unavailable("register server")
	}
	infos, at := c.clients.get(c, c.askClients)
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

func (s caller) kick(_ context.Context, p KickParams) (None, error) {
	if s.con.o.Server == nil {
		return None{}, unavailable("register server")
	}
	if err := shortText("reason", p.Reason); err != nil {
		return None{}, err
	}
	if p.Reason == "" {
		p.Reason = "an engineer ended this connection"
	}
	if err := s.con.o.Server.Kick(p.ID, p.Reason); err != nil {
		return None{}, jrpc2.Errorf(CodeUnknownClient, "%v", err)
	}
	s.con.clients.forget()
	s.log.Info("console kicked a client", "who", s.who(), "client", p.ID, "reason", p.Reason)
	return None{}, nil
}

func (s caller) stats(context.Context, None) (Stats, error) {
	c := s.con
	out := Stats{At: c.now().Seconds(), Consoles: c.Stats()}
	if c.o.Server == nil {
		return out, nil
	}
	n, at := c.stats.get(c, c.o.Server.Stats)
	out.At, out.Counts = at.Seconds(), jsonCounts(n.Counts)
	out.Clients, out.Accepted, out.TurnedAway, out.Ended, out.Dropped = n.Clients, n.Accepted, n.TurnedAway, n.Ended, n.Dropped
	return out, nil
}
