package qr

import (
	"math/rand/v2"
	"testing"

	zxdecoder "github.com/makiuchi-d/gozxing/qrcode/decoder"

	"linetwin.dev/vision/qr/scenes"
)

// softOf gives sure modules.
func softOf(m *scenes.Symbol) []float32 {
	soft := make([]float32, len(m.Dark))
	for i, d := range m.Dark {
		soft[i] = -1
		if d {
			soft[i] = 1
		}
	}
	return soft
}

// room is the number of bytes that a version and level have room for, with a margin for headers.
func room(version int, level Level) int {
	return totalWords(version) - int(blockCounts[level][version-1])*int(checkWords[level][version-1]) - 4
}

func TestModulesOfEveryVersionAndLevelAreSolved(t *testing.T) {
	s := new(solver)
	rng := rand.New(rand.NewPCG(1, 1))
	for version := 1; version <= maxVersion; version++ {
		for level := L; level <= H; level++ {
			m := printed(t, scenes.Text(rng, 8)[:3]+scenes.Text(rng, room(version, level))[:max(room(version, level)-3, 0)], version, level)
			soft := softOf(&m)
			w := work{left: 1 << 40}
			r, ok := s.solve(version, soft, 1, &w)
			if !ok {
				t.Fatalf("version %d-%v is not solved", version, level)
			}
			got, ok := parseMessage(version, r.data)
			if !ok || got.text != m.Text || r.level != level || r.errors != 0 || !got.clean {
				t.Fatalf("version %d-%v came out as %v with %d errors, text %.30q, want %.30q", version, level, r.level, r.errors, got.text, m.Text)
			}
			if s.lay.fixedFit(soft) != 0 {
				t.Errorf("version %d has a fixed pattern elsewhere", version)
			}
		}
	}
}

func TestAlignmentPatternsStandWhereGozxingHasThem(t *testing.T) {
	for version := 1; version <= maxVersion; version++ {
		v, err := zxdecoder.Version_GetVersionForNumber(version)
		if err != nil {
			t.Fatal(err)
		}
		at, n := alignment(version)
		want := v.GetAlignmentPatternCenters()
		if n != len(want) {
			t.Fatalf("version %d has %d rows of alignment patterns, want %d", version, n, len(want))
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("version %d: row %d is at %d, want %d", version, i, at[i], want[i])
			}
		}
		if totalWords(version) != v.GetTotalCodewords() {
			t.Errorf("version %d has %d words, want %d", version, totalWords(version), v.GetTotalCodewords())
		}
	}
}

func TestDamagedModulesAreRestoredUpToTheBoundOfTheLevel(t *testing.T) {
	s := new(solver)
	rng := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		level := Level(rng.IntN(4))
		version := 3 + rng.IntN(10)
		m := printed(t, scenes.Text(rng, 20), version, level)
		clean := softOf(&m)
		// Turn over a run of data modules: each harms at most one word.
		s.lay.set(version)
		words := int(checkWords[level][version-1]) / 2
		soft := append([]float32(nil), clean...)
		row := 9 + rng.IntN(m.N-18)
		for c, n := m.N-1, 0; c > 8 && n < words-1; c-- {
			if s.lay.kind[row*m.N+c] == moduleData {
				soft[row*m.N+c] *= -1
				n++
			}
		}
		w := work{left: 1 << 40}
		r, ok := s.solve(version, soft, 1, &w)
		if !ok {
			t.Fatalf("version %d-%v with %d modules turned over is not solved", version, level, words-1)
		}
		if got, ok := parseMessage(version, r.data); !ok || got.text != m.Text {
			t.Fatalf("version %d-%v was misread", version, level)
		}
	}
}

func TestDoubtfulModulesAreErased(t *testing.T) {
	s := new(solver)
	rng := rand.New(rand.NewPCG(5, 2))
	solved := 0
	for range 100 {
		m := printed(t, scenes.Text(rng, 20), 3, M) // 26 check words: 13 errors or 26 erasures
		soft := softOf(&m)
		s.lay.set(3)
		// Ten rows that nobody can read, as under a glare: each module is a coin and is unsure.
		for i := 14 * m.N; i < 24*m.N; i++ {
			if i%m.N > 16 {
				soft[i] = 0.05 * (2*rng.Float32() - 1)
			}
		}
		w := work{left: 1 << 40}
		if r, ok := s.solve(3, soft, 1, &w); ok {
			if got, good := parseMessage(3, r.data); !good || got.text != m.Text {
				t.Fatal("a code was misread")
			}
			if r.erased > 0 {
				solved++
			}
		}
	}
	if solved < 80 {
		t.Errorf("%d of 100 codes with a hidden part were read by erasing it, want 80", solved)
	}
}

func TestFormatWordsAreFoundWithThreeBitsWrong(t *testing.T) {
	s := new(solver)
	const n = 21
	for level := L; level <= H; level++ {
		for mask := range 8 {
			word := formatWord(level, mask)
			for flip := range 15 * 15 * 15 {
				bad := word ^ 1<<(flip%15) ^ 1<<(flip/15%15) ^ 1<<(flip/225)
				soft := make([]float32, n*n)
				for i := range 15 {
					r1, c1, r2, c2 := formatAt(i, n)
					v := float32(-1)
					if bad>>i&1 != 0 {
						v = 1
					}
					soft[r1*n+c1], soft[r2*n+c2] = v, v
				}
				if f := s.guessFormats(soft, n, false)[0]; f.level != level || f.mask != mask {
					t.Fatalf("format %v, mask %d, with bits of %b wrong is taken for %v, mask %d", level, mask, bad^word, f.level, f.mask)
				}
				if flip > 400 && flip%97 != 0 {
					break
				}
			}
		}
	}
}

func TestVersionWordsAreFoundWithThreeBitsWrong(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for v := 7; v <= maxVersion; v++ {
		for range 100 {
			p := rng.Perm(18)
			if got, wrong := nearestVersion(versionWord(v) ^ 1<<p[0] ^ 1<<p[1] ^ 1<<p[2]); got != v || wrong != 3 {
				t.Fatalf("version %d with three bits wrong is taken for %d with %d", v, got, wrong)
			}
		}
	}
}
