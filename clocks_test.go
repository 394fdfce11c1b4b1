package main

import (
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"testing"
)

// What happens in a run follows from the scenario and its seed alone. So packages do
// not read the clock, wait by it, or draw from a source of randomness that nobody seeded.

// ambient are the names of the standard library that let the outside in. An empty list
// stands for the whole package.
var ambient = map[string][]string{
	"time":    {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"context": {"WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause"},
	"math/rand/v2": {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint", "UintN", "Uint32", "Uint32N",
		"Uint64", "Uint64N", "Float32", "Float64", "ExpFloat64", "NormFloat64", "N", "Perm", "Shuffle"},
	"math/rand":    nil,
	"crypto/rand":  nil,
	"hash/maphash": nil,
}

// ambientUse is a use of such a name that is right, with the reason.
type ambientUse struct{ path, use, why string }

const (
	wallClock = "the wall clock runs here"
	patience  = "a peer that does not answer, or answers slowly, is waited for in real time"
	cost      = "what a picture costs is measured, beside what is found in it"
	secret    = "keys and nonces must be such that nobody guesses them"
)

var ambientUses = []ambientUse{
	{"twin/engine/wall.go", "time.Now", wallClock},
	{"twin/engine/wall.go", "time.Since", wallClock},
	{"twin/engine/wall.go", "time.NewTimer", wallClock},
	{"twin/engine/nap_other.go", "time.Sleep", wallClock},
	{"twin/engine/engine.go", "time.Since", wallClock},
	{"twin/engine/offload.go", "time.Since", "the measured cost of a job, and the wall clock"},
	{"twin/engine/offload.go", "time.Now", "the measured cost of a job"},
	{"twin/run.go", "time.Now", "the measured time of a run"},
	{"twin/run.go", "time.Since", "the measured time of a run"},
	{"protocol/server/server.go", "time.Now", patience},
	{"protocol/server/server.go", "time.Since", patience},
	{"protocol/server/server.go", "time.After", patience},
	{"protocol/server/poller_other.go", "time.NewTicker", "watched registers are looked at in real time"},
	{"protocol/server/stream.go", "context.WithTimeout", patience},
	{"protocol/server/stream.go", "time.Now", patience},
	{"protocol/client/client.go", "time.Now", patience},
	{"protocol/client/client.go", "time.Since", patience},
	{"protocol/client/client.go", "time.AfterFunc", patience},
	{"protocol/client/client.go", "time.NewTicker", patience},
	{"protocol/client/registers.go", "time.After", patience},
	{"protocol/client/reconnect.go", "context.WithTimeout", patience},
	{"protocol/client/reconnect.go", "time.NewTimer", patience},
	{"protocol/client/reconnect.go", "math/rand/v2.N", "clients that a server lost together do not come back together"},
	{"protocol/modbus/gateway.go", "time.Now", patience},
	{"protocol/modbus/gateway.go", "time.Since", patience},
	{"protocol/modbus/tcp.go", "time.After", patience},
	{"protocol/modbus/tcp.go", "time.NewTimer", patience},
	{"protocol/modbus/serial.go", "time.After", "a serial adapter that was pulled out is looked for in real time"},
	{"protocol/modbus/serial.go", "time.NewTimer", "frames on a serial line end with a silence in real time"},
	{"protocol/config/live.go", "time.NewTicker", "files change in real time"},
	{"protocol/config/live.go", "time.NewTimer", "files change in real time"},
	{"protocol/persist/persist.go", "time.NewTicker", "what is kept is on the disk within a real time"},
	{"protocol/console/console.go", "time.Now", "the time since the console began, for rates"},
	{"protocol/console/console.go", "time.Since", "the time since the console began, for rates"},
	{"protocol/console/console.go", "time.AfterFunc", patience},
	{"protocol/console/session.go", "time.NewTimer", "watched registers are looked at in real time"},
	{"protocol/console/session.go", "time.NewTicker", patience},
	{"protocol/console/session.go", "time.AfterFunc", patience},
	{"protocol/console/session.go", "context.WithTimeout", patience},
	{"protocol/console/registers.go", "time.NewTimer", patience},
	{"protocol/console/ask.go", "time.NewTimer", patience},
	{"protocol/console/client.go", "time.AfterFunc", patience},
	{"protocol/console/client.go", "time.NewTicker", patience},
	{"protocol/console/client.go", "context.WithTimeout", patience},
	{"protocol/console/follow.go", "context.WithTimeout", patience},
	{"protocol/metrics/collectors.go", "time.Now", "the server is asked once a second, however often Prometheus asks"},
	{"protocol/metrics/collectors.go", "time.Since", "the server is asked once a second, however often Prometheus asks"},
	{"protocol/metrics/collectors.go", "time.NewTimer", patience},
	{"protocol/opcua/server.go", "time.Now", wallClock},
	{"protocol/opcua/server.go", "time.After", patience},
	{"protocol/opcua/server.go", "time.NewTicker", "registers are sampled and published in real time"},
	{"protocol/opcua/options.go", "time.Now", wallClock},
	{"protocol/opcua/standard.go", "time.Now", "the server's node CurrentTime"},
	{"protocol/opcua/conn.go", "time.Now", patience},
	{"protocol/opcua/conn.go", "time.AfterFunc", patience},
	{"protocol/opcua/service.go", "time.Now", "requests and answers have a time stamp"},
	{"protocol/opcua/session.go", "time.Now", patience},
	{"protocol/opcua/attribute.go", "time.Now", "answers have a time stamp"},
	{"protocol/opcua/attribute.go", "time.AfterFunc", patience},
	{"protocol/opcua/opening.go", "crypto/rand", secret},
	{"protocol/opcua/session.go", "crypto/rand", secret},
	{"protocol/opcua/certificate.go", "crypto/rand", secret},
	{"bench/suite/suite.go", "time.Now", cost},
	{"bench/suite/suite.go", "time.Since", cost},
	{"vision/trial/run.go", "time.Now", cost},
	{"vision/trial/run.go", "time.Since", cost},
	{"mes/http.go", "context.WithTimeout", patience},
	{"vision/window/windowtest/display.go", "time.Now", patience},
	{"vision/window/windowtest/display.go", "time.After", "a screen is looked at in real time"},
	{"vision/model/judge/judge.go", "context.WithTimeout", patience},
	{"vision/model/recogniser/process.go", "time.NewTimer", patience},
	{"vision/model/recogniser/process.go", "time.Now", patience},
	{"vision/model/recogniser/lane.go", "time.Now", "recognisers that failed are started again in real time"},
	{"vision/model/recogniser/lane.go", "time.Since", "the measured cost of an answer says when to try again"},
	{"vision/model/recogniser/lane.go", "time.NewTimer", "recognisers that failed are started again in real time"},
	{"vision/model/recogniser/service.go", "time.NewTicker", "a device's memory is looked at in real time"},
	{"vision/model/recogniser/service.go", "context.WithTimeout", patience},
	{"vision/model/endpoint/handler.go", "time.Now", "who guesses tokens is slowed down in real time"},
	{"vision/model/endpoint/recognise.go", "time.Now", "the measured time of an answer"},
	{"vision/model/endpoint/recognise.go", "time.Since", "the measured time of an answer"},
	{"vision/model/endpoint/recognise.go", "context.WithTimeout", patience},
}

func TestNoPackageReadsTheClockOrDrawsUnseeded(t *testing.T) {
	s := readSource(t)
	allowed := map[string]bool{} // path and use, and whether it was met
	for _, u := range ambientUses {
		allowed[u.path+" "+u.use] = false
	}
	for _, f := range s.files {
		// The commands measure and talk to people; real devices keep their own time.
		if f.test || f.Name.Name == "main" || within(f.dir, "hil") {
			continue
		}
		for _, use := range ambientIn(f.File) {
			if _, ok := allowed[f.path+" "+use.name]; ok {
				allowed[f.path+" "+use.name] = true
				continue
			}
			t.Errorf("%s: %s; ask the engine for the time and for a random stream, or give the reason in clocks_test.go", s.line(use.at), use.name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(allowed)) {
		if !allowed[key] {
			t.Errorf("clocks_test.go allows %s, which is not used", key)
		}
	}
}

type foundUse struct {
	name string
	at   ast.Node
}

// ambientIn finds what a file takes from the outside.
func ambientIn(f *ast.File) (found []foundUse) {
	names := map[string]string{} // what a package is called here, to its path
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		uses, ok := ambient[p]
		switch {
		case !ok:
		case uses == nil:
			found = append(found, foundUse{p, spec})
		case spec.Name != nil:
			names[spec.Name.Name] = p
		case p == "math/rand/v2":
			names["rand"] = p
		default:
			names[p] = p
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && slices.Contains(ambient[names[id.Name]], sel.Sel.Name) {
			found = append(found, foundUse{names[id.Name] + "." + sel.Sel.Name, sel})
		}
		return true
	})
	return found
}
