package twin

import (
	"math"
	"testing"

	"linetwin.dev/protocol"
)

func TestAScenariosBoundsBecomeTheNearestValuesWithinThem(t *testing.T) {
	num := func(v float64) *float64 { return &v }
	i, f := protocol.IntValue, protocol.FloatValue
	for _, c := range []struct {
		t         protocol.Type
		low, high *float64
		want      protocol.Limits
	}{
		{protocol.U16, nil, nil, protocol.U16.Limits()},
		{protocol.U16, num(0.5), num(9.5), protocol.Limits{Low: i(1), High: i(9)}},
		{protocol.I16, num(-0.5), nil, protocol.Limits{Low: i(0), High: i(32767)}},
		{protocol.I16, num(-1e6), num(1e6), protocol.I16.Limits()},
		{protocol.F64, num(0.1), nil, protocol.Limits{Low: f(0.1), High: f(math.Inf(1))}},
		{protocol.F32, num(-0.5), num(0.5), protocol.Limits{Low: f(-0.5), High: f(0.5)}},
	} {
		if got := limits(c.t, c.low, c.high); got != c.want {
			t.Errorf("%v: %s, want %s", c.t, got.Format(c.t), c.want.Format(c.t))
		}
	}
}
