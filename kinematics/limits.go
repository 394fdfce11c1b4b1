package kinematics

import "fmt"

// JointLimits bound the motion of n joints: four slices of n elements each, in rad,
// rad/s and rad/s2, or m, m/s and m/s2. Min and Max may be infinite.
type JointLimits struct {
	Min, Max, Speed, Accel []float64
}

// Check reports the first thing that is wrong with the limits, and the joint, from 1.
func (l JointLimits) Check() error {
	n := len(l.Min)
	if n == 0 || len(l.Max) != n || len(l.Speed) != n || len(l.Accel) != n {
		return fmt.Errorf("kinematics: limits have %d Min, %d Max, %d Speed and %d Accel; each needs one per joint",
			n, len(l.Max), len(l.Speed), len(l.Accel))
	}
	for i := range n {
		switch {
		case !(l.Min[i] < l.Max[i]):
			return fmt.Errorf("kinematics: joint %d: Min %v must be below Max %v", i+1, l.Min[i], l.Max[i])
		case !(l.Speed[i] > 0) || !finite(l.Speed[i]):
			return fmt.Errorf("kinematics: joint %d: Speed %v must be positive and finite", i+1, l.Speed[i])
		case !(l.Accel[i] > 0) || !finite(l.Accel[i]):
			return fmt.Errorf("kinematics: joint %d: Accel %v must be positive and finite", i+1, l.Accel[i])
		}
	}
	return nil
}

// checkPosition reports a joint outside of the limits, calling the position what.
func (l JointLimits) checkPosition(what string, q []float64) error {
	if len(q) != len(l.Min) {
		return fmt.Errorf("kinematics: %s has %d joint values; the limits are for %d joints", what, len(q), len(l.Min))
	}
	for i, v := range q {
		if !finite(v) || v < l.Min[i] || v > l.Max[i] {
			return fmt.Errorf("kinematics: joint %d: %s %v must be finite and between %v and %v", i+1, what, v, l.Min[i], l.Max[i])
		}
	}
	return nil
}
