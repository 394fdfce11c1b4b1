package console

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coder/websocket"
	"github.com/creachadair/jrpc2"

	"linetwin.dev/protocol"
)

// Codes of errors beside those of JSON-RPC and those from 1 on, which are the statuses of
// package protocol.
const (
	// CodeUnknownClient: there is no client with that id.
	CodeUnknownClient jrpc2.Code = 100
	// CodeUnavailable: this server does not offer that.
	CodeUnavailable jrpc2.Code = 101
	// CodeRefused: the new configuration is wrong, and the old one stays.
	CodeRefused jrpc2.Code = 102
	// CodeUnknownSetting: the configuration has no such path.
	CodeUnknownSetting jrpc2.Code = 103
)

// fail is an error whose code is a status.
func fail(status protocol.Status, format string, args ...any) error {
	return jrpc2.Errorf(jrpc2.Code(status), format, args...)
}

func unavailable(what string) error {
	return jrpc2.Errorf(CodeUnavailable, "this server has no %s to offer", what)
}

// caller is who calls, and what it may do.
type caller struct {
	*session
	grant *protocol.Grant
}

// method is what a console can call.
type method struct {
	access protocol.Access
	do     func(context.Context, caller, json.RawMessage) (any, error)
}

// typed makes a method of a function that takes P and gives R.
func typed[P, R any](access protocol.Access, f func(caller, context.Context, P) (R, error)) method {
	return method{access, func(ctx context.Context, s caller, raw json.RawMessage) (any, error) {
		var p P
		if len(raw) > 0 {
			dec := json.NewDecoder(strings.NewReader(string(raw)))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&p); err != nil {
				return nil, jrpc2.Errorf(jrpc2.InvalidParams, "parameters: %s", strings.TrimPrefix(err.Error(), "json: "))
			}
		}
		return f(s, ctx, p)
	}}
}

func methods() map[string]method {
	return map[string]method{
		MethodHealth: typed(protocol.ReadOnly, caller.health),
		MethodStats:  typed(protocol.ReadOnly, caller.stats),
		MethodMap:    typed(protocol.ReadOnly, caller.registerMap),
		MethodGet:    typed(protocol.ReadOnly, caller.get),
		// Which registers a role may write is asked of its grant.
		MethodSet:      typed(protocol.ReadOnly, caller.set),
		MethodWatch:    typed(protocol.ReadOnly, caller.watch),
		MethodUnwatch:  typed(protocol.ReadOnly, caller.unwatch),
		MethodClients:  typed(protocol.Operator, caller.list),
		MethodKick:     typed(protocol.Engineer, caller.kick),
		MethodTrace:    typed(protocol.Engineer, caller.trace),
		MethodUntrace:  typed(protocol.Engineer, caller.untrace),
		MethodLogLevel: typed(protocol.Engineer, caller.level),
		MethodConfig:   typed(protocol.Engineer, caller.config),
		MethodReload:   typed(protocol.Engineer, caller.reload),
	}
}

// assigner finds the method of a request for the JSON-RPC server.
type assigner struct{ s *session }

// Assign gives every name a handler: that of an unknown one says so.
func (a assigner) Assign(_ context.Context, name string) jrpc2.Handler {
	return func(ctx context.Context, r *jrpc2.Request) (v any, err error) {
		err = a.s.con.guarded(func() (err error) {
			v, err = a.s.call(ctx, name, json.RawMessage(r.ParamString()))
			return err
		})
		return v, err
	}
}

func (s *session) call(ctx context.Context, name string, params json.RawMessage) (any, error) {
	if name == MethodAuth {
		return typed(protocol.ReadOnly, caller.auth).do(ctx, caller{session: s}, params)
	}
	g, ok := s.judge()
	if !ok {
		return nil, fail(protocol.NotAuthorised, "call auth with a token first")
	}
	m, ok := s.con.methods[name]
	switch {
	case !ok && len(name) > mostText:
		return nil, jrpc2.Errorf(jrpc2.MethodNotFound, "there is no method with a name of %d bytes", len(name))
	case !ok:
		return nil, jrpc2.Errorf(jrpc2.MethodNotFound, "there is no method %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(s.con.methods)), ", "))
	case g.Access < m.access:
		return nil, fail(protocol.NotAuthorised, "%s is for the role %v and above; this console has %v", name, m.access, g.Access)
	}
	return m.do(ctx, caller{s, &g}, params)
}

// auth judges a token, or says what the one shown before allows.
func (s caller) auth(_ context.Context, p AuthParams) (Hello, error) {
	if p.Token == nil {
		g, ok := s.judge()
		if !ok {
			return Hello{}, fail(protocol.NotAuthorised, "call auth with a token first")
		}
		return s.hello(&g), nil
	}
	s.mu.Lock()
	shown := s.shown
	s.mu.Unlock()
	shown.Token = *p.Token
	g, ok, wait := s.con.judge(shown, s.from)
	if wait > 0 {
		s.finish(websocket.StatusTryAgainLater, tooManyWrong(wait))
		return Hello{}, fail(protocol.Busy, "%s", tooManyWrong(wait))
	}
	if !ok {
		// One try for each connection.
		s.finish(websocket.StatusPolicyViolation, "the token is not known")
		return Hello{}, fail(protocol.NotAuthorised, "the token is not known")
	}
	if !s.con.welcome(s.session, shown, &g) {
		s.finish(websocket.StatusTryAgainLater, "too many consoles")
		return Hello{}, fail(protocol.Busy, "there are as many consoles as this server takes; close one")
	}
	s.ws.SetReadLimit(mostMessage)
	return s.hello(&g), nil
}

func (s caller) hello(g *protocol.Grant) Hello {
	h := Hello{Name: g.Name, Access: g.Access.String(), Methods: []string{MethodAuth}, Version: s.con.o.Version, Registers: len(s.con.infos)}
	for name, m := range s.con.methods {
		if g.Access >= m.access {
			h.Methods = append(h.Methods, name)
		}
	}
	slices.Sort(h.Methods)
	return h
}

// shortText bounds a text that is kept, logged or told to somebody.
func shortText(what, s string) error {
	if len(s) > mostText {
		return jrpc2.Errorf(jrpc2.InvalidParams, "a %s has at most %d bytes, not %d", what, mostText, len(s))
	}
	return nil
}

// atMost bounds a list of names.
func atMost(names int) error {
	switch {
	case names == 0:
		return jrpc2.Errorf(jrpc2.InvalidParams, "name one register or more")
	case names > mostNames:
		return fail(protocol.Limit, "%d registers in one call; at most %d", names, mostNames)
	}
	return nil
}

// who is the caller's name for the log.
func (s caller) who() string { return fmt.Sprintf("%s (%v)", s.grant.Name, s.grant.Access) }
