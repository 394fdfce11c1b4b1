package clients_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/sim/clients"
	"linetwin.dev/sim/network"
	"linetwin.dev/twin/engine"
)

// panel shows a register.
type panel struct{}

func (panel) Begin(_ time.Duration, w *wire.Client) {
	_, _ = w.Watch([]protocol.Ref{0}, 0, false)
}

func (panel) Said(now time.Duration, _ *wire.Client, e *wire.Event) {
	if e.Kind == wire.Pushed {
		fmt.Println(now.Truncate(time.Millisecond), e.Entries[0].Sample.Value.Int())
	}
}

func (panel) Broken(now time.Duration, err error) { fmt.Println(now.Truncate(time.Millisecond), err) }

func ExampleClient() {
	e := engine.New(engine.Options{})
	c := e.Component("clients", "plant")
	at := func(at time.Duration, fn func(time.Duration)) { c.At(engine.Observe, at, fn) }
	bank := protocol.NewBank()
	count, err := bank.Writer("line", "").Define(protocol.Def{Name: "line.count", Type: protocol.U16})
	if err != nil {
		panic(err)
	}
	bank.Seal()
	c.Every(engine.Sense, time.Second, 0, func(now time.Duration) { count.SetInt(now, int64(now/time.Second)) })

	lan := network.New(network.Conditions{Latency: time.Millisecond}, at)
	lan.Listen(clients.NewServer(bank, wire.ServerConfig{}, at).Accept)
	hmi := clients.NewClient(lan, at, rand.New(rand.NewPCG(1, 2)), panel{}, clients.ClientOptions{Backoff: time.Millisecond})
	at(0, hmi.On)
	at(1500*time.Millisecond, lan.Reset)
	_ = e.Run(context.Background(), 2500*time.Millisecond)
	// Output:
	// 4ms 0
	// 1.004s 1
	// 1.5s connection reset by peer
	// 1.505s 1
	// 2.005s 2
}
