package recording_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/twin/device"
	"linetwin.dev/twin/engine"
	"linetwin.dev/twin/recording"
)

// Two runs are recorded, and compared.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	runs := make([]*recording.Recording, 2)
	for i := range runs {
		h := recording.Header{
			Scenario: "bottling", Seed: uint64(i), Components: []string{"belt"},
			Registers: []recording.Register{{Name: "belt.position", Type: "f64", Unit: "m", Owner: "belt"}},
		}
		// One change of register 0 to 1.25 m, or a bit more in the second run.
		data := append(binary.LittleEndian.AppendUint32(nil, 0), 0)
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(1.25+0.01*float64(i)))
		piece := engine.Record{At: 2500 * time.Millisecond, Phase: engine.Sense, Kind: device.Registers, Data: data}.AppendTo(nil)
		digest := engine.NewDigest(h.Components)
		digest.Write(piece)

		path := filepath.Join(dir, fmt.Sprint(i))
		w, err := recording.Create(path, h)
		if err != nil {
			panic(err)
		}
		w.Records(piece, func([]byte) {})
		if err := w.Close(recording.Trailer{Hash: digest.Sum(), Until: 3 * time.Second}); err != nil {
			panic(err)
		}
		if runs[i], err = recording.Open(path); err != nil {
			panic(err)
		}
	}
	d, err := recording.Diff(runs[0], runs[1])
	fmt.Println(d, err)
	// Output:
	// event 1 differs, at 2.500000000 s, sense, belt:
	//   belt.position: 1.25 m in A, 1.26 m in B
	// the runs differ in
	//   seed: 0 in A, 1 in B <nil>
}
