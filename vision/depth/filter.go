package depth

import "fmt"

// Step is the largest difference in depth of neighbours on one surface, in millimetres: Abs + Rel
// times the smaller depth. A larger one is an edge.
type Step struct{ Abs, Rel float32 }

// DefaultStep is the Step that the zero one stands for.
var DefaultStep = Step{10, 0.015}

func (s Step) orDefault() Step {
	if s == (Step{}) {
		return DefaultStep
	}
	return s
}

// Check says what is wrong with s, if anything.
func (s Step) Check() error {
	if !(s.Abs >= 0) || !(s.Rel >= 0) || s.Abs > 1e6 || s.Rel > 1e3 {
		return fmt.Errorf("depth: an edge of %g mm + %g of the depth; neither is negative nor endless", s.Abs, s.Rel)
	}
	return nil
}

// joins tells whether two depths, of which one is valid, lie on one surface.
func (s Step) joins(a, b float32) bool {
	if b < a {
		a, b = b, a
	}
	return a > 0 && b-a <= s.Abs+s.Rel*a
}

// filterFits says what is wrong with what a filter is asked to do.
func filterFits(out, in Map, s Step) error {
	if err := in.Check(); err != nil {
		return fmt.Errorf("image: %w", err)
	}
	if err := sameSize("filtered image", out, in.W, in.H); err != nil {
		return err
	}
	return s.Check()
}

// clean sets out to in, and to 0 where in has no depth.
func clean(out, in []float32) {
	out = out[:len(in)]
	for x, z := range in {
		if !Valid(z) {
			z = 0
		}
		out[x] = z
	}
}
