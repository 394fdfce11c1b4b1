package twin_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/specs"
	"linetwin.dev/twin"
	"linetwin.dev/twin/recording"
)

// Commands as in PackTags' CntrlCmd.
const (
	reset, start, stop, hold, unhold, clearCmd = 1, 2, 3, 4, 5, 9
)

// A storm in which an operator holds, stops, clears and starts the line again at any
// moment, without taking off what stands on it, and in which the PLC goes away. Bottles
// that a failed sensor or gate hid may then run off the end. But none that is bad is
// counted as passed, the MES has what the PLC has, and a replay gives the hash.
func TestALineThatIsStartedAgainInAStormKeepsItsBooks(t *testing.T) {
	for seed := uint64(1); seed <= storms()/4; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 9))
			sc := storm(t, seed)
			sc.Faults = append(sc.Faults, specs.Fault{
				At: specs.Duration((20 + 90*r.Float64()) * 1e9), For: specs.Duration(r.Float64() * 1e9), Device: "main", Kind: "offline",
			})
			dir := t.TempDir()
			tw := build(t, sc, twin.Options{Dir: dir})
			for at := 5 + 5*r.Float64(); at < 118; at += 3 + 8*r.Float64() {
				now := time.Duration(at * 1e9)
				var err error
				switch r.IntN(6) {
				case 0:
					err = errors.Join(tw.Command(now, "main", hold), tw.Command(now+2*time.Second, "main", unhold))
				case 1:
					err = errors.Join(tw.Command(now, "main", stop), tw.Command(now+1200*time.Millisecond, "main", reset),
						tw.Command(now+1500*time.Millisecond, "main", start))
				default:
					err = errors.Join(tw.Command(now, "main", clearCmd), tw.Command(now+300*time.Millisecond, "main", reset),
						tw.Command(now+600*time.Millisecond, "main", start))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			out, err := tw.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if bad, lost := value(t, out, "line.bad_passed"), value(t, out, "line.lost"); bad > lost {
				t.Errorf("line.bad_passed is %v, line.lost %v: a bad bottle was counted as passed", bad, lost)
			}
			for plc, mes := range map[string]string{"line.good": "mes.good", "line.rejected": "mes.rejected"} {
				if a, b := value(t, out, plc), value(t, out, mes); a != b {
					t.Errorf("%s is %v, %s is %v", plc, a, mes, b)
				}
			}
			rec, err := recording.Open(filepath.Join(dir, "events.mcap"))
			if err != nil {
				t.Fatal(err)
			}
			if run(t, sc, twin.Options{Replay: rec, Until: rec.Until}).Hash != out.Hash {
				t.Error("the replay gives another hash")
			}
		})
	}
}
