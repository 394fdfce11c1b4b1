//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"unsafe"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/vision/depth"
)

const side = 1024

// memory is what a comparison with a map for each tolerance touches, and nothing but that: four images that
// are read and a mask that is written.
type memory struct {
	images [4][]uint64
	mask   []byte
}

func newMemory() *memory {
	m := &memory{mask: make([]byte, side*side)}
	for i := range m.images {
		m.images[i] = make([]uint64, side*side/2)
		for k := range m.images[i] {
			m.images[i][k] = uint64(k)
		}
	}
	return m
}

// touch adds up all bytes, eight at a time, row by row and side by side, and clears the mask.
func (m *memory) touch() (sum uint64) {
	const row = side / 2
	for y := range side {
		p, q := m.images[0][y*row:][:row:row], m.images[1][y*row:][:row:row]
		r, s := m.images[2][y*row:][:row:row], m.images[3][y*row:][:row:row]
		var a, b, c, d uint64
		for i := 0; i+4 <= row; i += 4 {
			a += p[i] + q[i] + r[i] + s[i]
			b += p[i+1] + q[i+1] + r[i+1] + s[i+1]
			c += p[i+2] + q[i+2] + r[i+2] + s[i+2]
			d += p[i+3] + q[i+3] + r[i+3] + s[i+3]
		}
		sum += a + b + c + d
		clear(m.mask[y*side:][:side])
	}
	return sum
}

// comparison is a good part with noise and a hole, and its template with a map for each tolerance.
type comparison struct {
	template *depth.Template
	got      depth.Map
	mask     []byte
}

func newComparison() (*comparison, error) {
	rng := rand.New(rand.NewPCG(1, 1))
	want, got := depth.NewMap(side, side), depth.NewMap(side, side)
	for i := range want.Z {
		want.Z[i] = 800 + 0.1*float32(i%side)
		got.Z[i] = want.Z[i] + float32(rng.NormFloat64())
	}
	for y := 100; y < 140; y++ {
		clear(got.Row(y)[200:260])
	}
	tol := depth.Tolerance{Near: make([]float32, side*side), Far: make([]float32, side*side)}
	for i := range tol.Near {
		tol.Near[i], tol.Far[i] = 3.5, 3.5
	}
	t, err := depth.NewTemplate(want, nil, tol, 505, 505)
	return &comparison{t, got, make([]byte, side*side)}, err
}

// depthTimes are the medians, in ms, of comparisons and of touching the same memory, by turns, and what the
// comparisons gave.
type depthTimes struct {
	Compare, Memory float64
	Result          depth.Result
}

func timeDepth(rounds int) (t depthTimes, err error) {
	c, err := newComparison()
	if err != nil {
		return t, err
	}
	mem := newMemory()
	var compare, memory []float64
	var sum uint64
	if t.Result, err = c.template.Compare(c.got, c.mask); err != nil {
		return t, err
	}
	for range 20 * rounds {
		var r depth.Result
		compare = append(compare, cost(suite.ThreadTime, func() { r, err = c.template.Compare(c.got, c.mask) }))
		memory = append(memory, cost(suite.ThreadTime, func() { sum += mem.touch() }))
		if err != nil {
			return t, err
		}
		if r != t.Result {
			return t, errors.New("equal images gave different sums")
		}
	}
	runtime.KeepAlive(&sum) // or the compiler leaves touch out
	t.Compare, t.Memory = suite.Median(compare), suite.Median(memory)
	return t, nil
}

// timePlainDepth has this program do the same on a processor that has no AVX2, as far as Go knows.
func timePlainDepth(rounds int) (t depthTimes, err error) {
	cmd := exec.Command("/proc/self/exe", "-plain", "-rounds", strconv.Itoa(rounds))
	cmd.Env = append(os.Environ(), "GODEBUG=cpu.avx2=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return t, fmt.Errorf("%s: %w", cmd, err)
	}
	return t, json.Unmarshal(out, &t)
}

func measureDepth(s *session) ([]bench.Row, error) {
	vector, err := timeDepth(s.rounds)
	if err != nil {
		return nil, err
	}
	plain, err := timePlainDepth(s.rounds)
	if err != nil {
		return nil, err
	}
	if plain.Result != vector.Result {
		return nil, fmt.Errorf("plain Go gives %+v, with AVX2 it is %+v", plain.Result, vector.Result)
	}
	bytes := float64(4*side*side)*float64(unsafe.Sizeof(float32(0))) + side*side
	fmt.Printf("\nDepth, %dx%d, %.0f MB: compared in %.3f ms, %.2f times as long as adding up the same bytes; in plain Go in %.3f ms, %.1f times, with the same sums to the last bit\n",
		side, side, bytes/1e6, vector.Compare, vector.Compare/vector.Memory, plain.Compare, plain.Compare/plain.Memory)
	return []bench.Row{
		bench.Measured(fmt.Sprintf("depth inspection, %dx%d, mask and sums, at most 1.25 x memory", side, side), vector.Compare, "ms", ">= 0.8").
			Against("memory alone", &vector.Memory, bench.Lower),
		bench.Measured("the same in plain Go, at most NumPy's 13 x memory", plain.Compare, "ms", ">= 0.077").
			Against("memory alone", &plain.Memory, bench.Lower),
	}, nil
}
