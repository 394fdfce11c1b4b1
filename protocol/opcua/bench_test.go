package opcua

import (
	"fmt"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// A sampling of 10,000 items: nearly all of them are as they were.
func BenchmarkTickOf10000Items(b *testing.B) {
	bank := protocol.NewBank()
	w := bank.Writer("line", "bench")
	outs := make([]*protocol.Out, 10_000)
	for i := range outs {
		outs[i] = must(w.Define(protocol.Def{Name: fmt.Sprintf("r%d", i), Type: protocol.F64}))
	}
	bank.Seal()
	for _, changing := range []int{0, 100} {
		b.Run(fmt.Sprintf("%d changing", changing), func(b *testing.B) {
			d := &desk{t: b, now: lineStart}
			d.server = must(newServer(Options{Folder: plantFolder(b), AllowAnonymous: true, Bank: bank, Start: lineStart}, d.now))
			d.ss, d.conn = d.session(Credentials{Anonymous: true})
			sub := d.subscribe(10, 1000, func(r *ua.MonitoredItemCreateRequest) { r.ItemToMonitor.NodeID = register("r0") })
			for i := 1; i < len(outs); i++ {
				d.add(sub, func(r *ua.MonitoredItemCreateRequest) { r.ItemToMonitor.NodeID = register(fmt.Sprintf("r%d", i)) })
			}
			b.ReportAllocs()
			for n := range b.N {
				for i := range changing {
					outs[i].SetFloat(time.Duration(n), float64(n))
				}
				d.now = d.now.Add(10 * time.Millisecond)
				d.server.tick(d.now)
			}
		})
	}
}

// A Read of so many registers, from request to encoded answer.
func BenchmarkRead(b *testing.B) {
	d := newDesk(b, Limits{})
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("%d registers", n), func(b *testing.B) {
			names := make([]string, n)
			for i := range names {
				names[i] = "level"
			}
			req := readRequest(names...)
			req.SetHeader(&ua.RequestHeader{AuthenticationToken: d.ss.token, AdditionalHeader: ua.NewExtensionObject(nil)})
			body := must(ua.Encode(req))
			b.ReportAllocs()
			for range b.N {
				fresh := new(ua.ReadRequest)
				if _, ok := decode(body, fresh); !ok {
					b.Fatal("not decoded")
				}
				resp, status := d.server.read(d.exchange(), fresh)
				if status != ua.StatusOK {
					b.Fatal(status)
				}
				resp.SetHeader(responseHeader(fresh.RequestHeader, ua.StatusOK, d.now))
				must(encodeBody(resp))
			}
		})
	}
}
