//go:build linux

package main

import (
	"io"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"linetwin.dev/kinematics/jerk"
)

func TestTheJudgeKnowsSinesToMoreDigitsThanFloatsHave(t *testing.T) {
	j := newJudge()
	sin, cos := j.sincos(1)
	for _, c := range []struct {
		got  *big.Float
		want string
	}{
		{sin, "0.841470984807896506652502321630298999622563060798"},
		{cos, "0.540302305868139717400936607442976603732310420618"},
	} {
		want, _, err := big.ParseFloat(c.want, 10, j.bits, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := want.Sub(want, c.got).Float64(); math.Abs(d) > 1e-44 {
			t.Errorf("%v is off by %v", c.want, d)
		}
	}
	// Many turns on, the same but for what a float64 cannot hold of them.
	far, _ := j.sincos(1 + 2*math.Pi*1e6)
	if f, _ := far.Float64(); math.Abs(f-math.Sin(1+2*math.Pi*1e6)) > 1e-15 {
		t.Errorf("a million turns on the sine is %v", f)
	}
}

func TestALimitThatIsExceededIsSeen(t *testing.T) {
	l := jerk.Symmetric(1, 2, 10)
	var pr jerk.Profile
	if err := pr.Plan(jerk.State{}, jerk.State{P: 3}, &l); err != nil {
		t.Fatal(err)
	}
	if x := excess(&pr, &l); x > 1e-12 {
		t.Errorf("a motion within its limits exceeds them by %v of their range", x)
	}
	for _, low := range []jerk.Limits{jerk.Symmetric(0.9, 2, 10), jerk.Symmetric(1, 1.8, 10), jerk.Symmetric(1, 2, 9)} {
		if x := excess(&pr, &low); x < 0.05 {
			t.Errorf("within %+v, the motion exceeds them by %v of their range only", low, x)
		}
	}
}

func TestThePosesOfAPathAreNearTheirSeeds(t *testing.T) {
	arms, err := referenceArms()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range arms {
		path := newTask(a, follow)
		u, q := uniform(1), make([]float64, a.chain.Joints())
		for k := range 100 {
			a.draw(&u, q)
			if path.targets[k] != a.chain.Forward(q) {
				t.Fatalf("%s: target %d is not where the joints %v lead", a.name, k, q)
			}
			for i := range q {
				u.next(-follow, follow)
				if d := math.Abs(path.seeds[k][i] - q[i]); d > follow {
					t.Fatalf("%s: joint %d of seed %d is %v rad off", a.name, i+1, k, d)
				}
			}
		}
	}
}

func TestProgramsRunAndHaveTheLinesThatTheySay(t *testing.T) {
	short, long := programs(1), programs(2)
	for i, p := range short {
		path := filepath.Join(t.TempDir(), "program.ngc")
		if err := os.WriteFile(path, p.text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := interpret(path, io.Discard); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		if n := float64(long[i].lines) / float64(p.lines); n < 1.99 || n > 2 {
			t.Errorf("%s: twice as long has %v times the lines", p.name, n)
		}
	}
}
