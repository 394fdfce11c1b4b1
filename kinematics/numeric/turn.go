package numeric

import "math"

// NearestTurn moves an angle by whole turns to where it is nearest to near within the
// limits, which may be infinite. If no turn is within them, the result is as near as
// turns alone allow. Slack is how far rounding may carry an angle over a limit, on which
// it is then put. All in rad.
func NearestTurn(v, near, lo, hi, slack float64) float64 {
	const turn = 2 * math.Pi
	v += turn * math.Round((near-v)/turn)
	switch {
	case v > hi+slack:
		if w := v - turn*math.Ceil((v-hi-slack)/turn); w >= lo-slack {
			v = w
		}
	case v < lo-slack:
		if w := v + turn*math.Ceil((lo-slack-v)/turn); w <= hi+slack {
			v = w
		}
	}
	return ToLimit(v, lo, hi, slack)
}

// ToLimit puts a value that is beyond a limit by no more than slack on the limit, and
// leaves all others as they are.
func ToLimit(v, lo, hi, slack float64) float64 {
	if v > hi && v <= hi+slack {
		return hi
	}
	if v < lo && v >= lo-slack {
		return lo
	}
	return v
}
