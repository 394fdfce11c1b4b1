package opcua

import (
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"
)

func TestRegistersAreReadWithTypeTimeAndQuality(t *testing.T) {
	p := newPlant(t, nil)
	c := p.anonymous()
	for _, w := range []struct {
		name   string
		value  any
		status ua.StatusCode
		at     time.Duration
	}{
		{"belt.position", 12.5, ua.StatusOK, 3 * time.Second},
		{"belt.speed", float32(420), ua.StatusOK, 3 * time.Second},
		{"belt.limit", int32(-7), ua.StatusOK, 3 * time.Second},
		{"gate.open", false, ua.StatusOK, 3 * time.Second},
		{"gate.arm.width", uint16(3), ua.StatusOK, 3 * time.Second},
		{"total", uint64(1 << 40), ua.StatusOK, 3 * time.Second},
		{"belt.count", uint32(1234), ua.StatusOK, 2 * time.Second},
		{"plc.state", int32(6), ua.StatusOK, 2 * time.Second},
	} {
		v := readOne(t, c, register(w.name), ua.AttributeIDValue)
		if v.Status != w.status || v.Value.Value() != w.value || !v.SourceTimestamp.Equal(lineStart.Add(w.at)) {
			t.Errorf("%s: %v %v at %v, want %v %v at %v", w.name, v.Value.Value(), v.Status, v.SourceTimestamp, w.value, w.status, lineStart.Add(w.at))
		}
	}
	if v := readOne(t, c, register("eye.blocked"), ua.AttributeIDValue); v.Status != ua.StatusBadWaitingForInitialData || v.Value.Value() != nil {
		t.Errorf("a register that was never written: %v %v", v.Value.Value(), v.Status)
	}
}
