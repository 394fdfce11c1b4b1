package opcua

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// list browses a node to its end, so many references at a time.
func (r *raw) list(n *ua.NodeID, most uint32) (names []string) {
	r.t.Helper()
	resp := r.ask(&ua.BrowseRequest{
		View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}, RequestedMaxReferencesPerNode: most,
		NodesToBrowse: []*ua.BrowseDescription{{NodeID: n, ReferenceTypeID: ua.NewNumericNodeID(0, id.HierarchicalReferences), IncludeSubtypes: true, ResultMask: uint32(ua.BrowseResultMaskAll)}},
	}).(*ua.BrowseResponse).Results[0]
	for {
		if resp.StatusCode != ua.StatusOK || most > 0 && len(resp.References) > int(most) {
			r.t.Fatalf("%v with %d references", resp.StatusCode, len(resp.References))
		}
		for _, d := range resp.References {
			names = append(names, d.BrowseName.Name)
		}
		if resp.ContinuationPoint == nil {
			return names
		}
		resp = r.ask(&ua.BrowseNextRequest{ContinuationPoints: [][]byte{resp.ContinuationPoint}}).(*ua.BrowseNextResponse).Results[0]
	}
}

func TestALongListIsBrowsedInParts(t *testing.T) {
	bank := protocol.NewBank()
	w := bank.Writer("line", "test")
	var want []string
	for i := range 2500 {
		name := fmt.Sprintf("r%04d", i)
		want = append(want, name)
		must(w.Define(protocol.Def{Name: name, Type: protocol.U16}))
	}
	bank.Seal()
	p := newPlant(t, func(o *Options) { o.Bank, o.Enumerations, o.Ranges = bank, nil, nil })
	r := p.dial().open().login()
	root := ua.NewNumericNodeID(nsRegisters, 1)
	for _, most := range []uint32{0, 1000, 999, 501} {
		if got := r.list(root, most); !slices.Equal(got, want) {
			t.Errorf("%d at a time: %d names", most, len(got))
		}
	}
	// Unfinished ones are bounded, and a point counts once.
	var status ua.StatusCode
	var point []byte
	for range mostPoints + 1 {
		result := r.ask(&ua.BrowseRequest{View: &ua.ViewDescription{ViewID: ua.NewTwoByteNodeID(0)}, RequestedMaxReferencesPerNode: 1,
			NodesToBrowse: []*ua.BrowseDescription{{NodeID: root, ReferenceTypeID: ua.NewTwoByteNodeID(0)}}}).(*ua.BrowseResponse).Results[0]
		if status = result.StatusCode; status == ua.StatusOK {
			point = result.ContinuationPoint
		}
	}
	if status != ua.StatusBadNoContinuationPoints {
		t.Errorf("one unfinished browse more: %v", status)
	}
	for _, want := range []ua.StatusCode{ua.StatusOK, ua.StatusBadContinuationPointInvalid} {
		resp := r.ask(&ua.BrowseNextRequest{ReleaseContinuationPoints: true, ContinuationPoints: [][]byte{point}}).(*ua.BrowseNextResponse)
		if resp.Results[0].StatusCode != want {
			t.Errorf("a point given back: %v, want %v", resp.Results[0].StatusCode, want)
		}
	}
}

func TestARegisterMayStandAboveOthers(t *testing.T) {
	bank := protocol.NewBank()
	w := bank.Writer("line", "test")
	for _, name := range []string{"axis.x.limit", "axis.x", "Line"} {
		must(w.Define(protocol.Def{Name: name, Type: protocol.F64}))
	}
	bank.Seal()
	p := newPlant(t, func(o *Options) { o.Bank, o.Enumerations, o.Ranges = bank, nil, nil })
	r := p.dial().open().login()
	for n, want := range map[*ua.NodeID][]string{
		ua.NewNumericNodeID(nsRegisters, 1): {"Line", "axis"}, register("axis"): {"x"}, register("axis.x"): {"limit"}, register("Line"): nil,
	} {
		if got := r.list(n, 0); !slices.Equal(got, want) {
			t.Errorf("below %v: %v, want %v", n, got, want)
		}
	}
}

func TestEveryReferenceAndTypeOfTheTreeIsThere(t *testing.T) {
	d := newDesk(t, Limits{})
	for k, n := range d.server.space.nodes {
		if n.class == ua.NodeClassVariable || n.class == ua.NodeClassObject {
			if n.kind == nil {
				t.Errorf("%v %s has no type", k.id(), n.browse.Name)
			}
		}
		if n.class == ua.NodeClassVariable && d.server.space.find(n.typeOf()) == nil {
			t.Errorf("%v %s has data type %v, which is not there", k.id(), n.browse.Name, n.typeOf())
		}
		parents := 0
		for _, r := range n.refs {
			if r.kind == nil || r.to == nil {
				t.Fatalf("%v %s refers to nothing", k.id(), n.browse.Name)
			}
			if !r.forward && r.kind.isA(d.server.space.nodes[number(id.HierarchicalReferences)]) {
				parents++
			}
		}
		if parents != 1 && k != number(id.RootFolder) {
			t.Errorf("%v %s has %d parents", k.id(), n.browse.Name, parents)
		}
		for a := ua.AttributeIDNodeID; a <= ua.AttributeIDAccessLevelEx; a++ {
			want := &ua.ReadValueID{NodeID: n.id, AttributeID: a, DataEncoding: new(ua.QualifiedName)}
			if v := d.server.attribute(n, want, ua.TimestampsToReturnBoth, new(protocol.Grant), d.now); v != nil {
				must(ua.Encode(&ua.ReadResponse{ResponseHeader: responseHeader(new(ua.RequestHeader), 0, d.now), Results: []*ua.DataValue{v}}))
			}
		}
	}
}

func TestAccessIsShownAsItIs(t *testing.T) {
	p := newPlant(t, nil)
	guest, op := p.anonymous(), p.operator()
	read, write := uint8(ua.AccessLevelTypeCurrentRead), uint8(ua.AccessLevelTypeCurrentRead|ua.AccessLevelTypeCurrentWrite)
	for _, c := range []struct {
		name                  string
		access, ofGuest, ofOp uint8
	}{
		{"belt.count", read, read, read}, {"belt.speed", write, read, write}, {"belt.limit", write, read, read},
	} {
		got := []any{
			readOne(t, guest, register(c.name), ua.AttributeIDAccessLevel).Value.Value(),
			readOne(t, guest, register(c.name), ua.AttributeIDUserAccessLevel).Value.Value(),
			readOne(t, op, register(c.name), ua.AttributeIDUserAccessLevel).Value.Value(),
		}
		if !slices.Equal(got, []any{c.access, c.ofGuest, c.ofOp}) {
			t.Errorf("%s: %v, want %v", c.name, got, c)
		}
	}
	if v := readOne(t, guest, register("belt.speed"), ua.AttributeIDDescription); v.Value.Value().(*ua.LocalizedText).Text != "set speed" {
		t.Errorf("description %v", v.Value.Value())
	}
	if got := writeOne(t, op, "belt.count", uint32(1)); got != ua.StatusBadNotWritable {
		t.Errorf("a write to a read-only register: %v", got)
	}
}
