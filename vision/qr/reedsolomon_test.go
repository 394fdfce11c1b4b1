package qr

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// encodeBlock appends check words to data: the remainder after division by the generator.
func encodeBlock(data []byte, check int) []byte {
	gen := []byte{1}
	for i := range check {
		next := make([]byte, len(gen)+1)
		for j, c := range gen {
			next[j] ^= c
			next[j+1] ^= field.mul(c, field.exp[i])
		}
		gen = next
	}
	rem := make([]byte, len(data)+check)
	copy(rem, data)
	for i := range data {
		if f := rem[i]; f != 0 {
			for j, c := range gen {
				rem[i+j] ^= field.mul(c, f)
			}
		}
	}
	return append(bytes.Clone(data), rem[len(data):]...)
}

func TestBlocksAreRestoredUpToTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := rapid.IntRange(7, maxCheck).Draw(t, "check")
		data := rapid.SliceOfN(rapid.Byte(), 9, 255-check).Draw(t, "data")
		sent := encodeBlock(data, check)
		erasures := rapid.IntRange(0, check).Draw(t, "erasures")
		errors := rapid.IntRange(0, (check-erasures)/2).Draw(t, "errors")
		if erasures+errors > len(sent) {
			t.Skip("more faults than words")
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		order := rng.Perm(len(sent))
		got := bytes.Clone(sent)
		erased := order[:erasures]
		for _, p := range erased {
			got[p] = byte(rng.Uint32())
		}
		for _, p := range order[erasures : erasures+errors] {
			got[p] ^= byte(1 + rng.IntN(255))
		}
		e, _, ok := correct(got, check, erased)
		if !ok || !bytes.Equal(got, sent) || e != errors {
			t.Fatalf("%d errors and %d erasures with %d check words: restored %t, %d errors told", errors, erasures, check, ok, e)
		}
	})
}

func TestTooManyErrorsAreRefusedAndLeaveTheBlockAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	for range 2000 {
		check := 10 + rng.IntN(20)
		data := make([]byte, 20+rng.IntN(100))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		got := encodeBlock(data, check)
		for _, p := range rng.Perm(len(got))[:check/2+2] {
			got[p] ^= byte(1 + rng.IntN(255))
		}
		before := bytes.Clone(got)
		if _, _, ok := correct(got, check, nil); ok {
			wrong++ // another code word is nearer: about 1 in t! of them
		} else if !bytes.Equal(got, before) {
			t.Fatal("a block that could not be corrected was changed")
		}
	}
	if wrong > 40 {
		t.Errorf("%d of 2000 blocks beyond the bound were taken for another word, want few", wrong)
	}
}

func TestMoreErasuresThanCheckWordsAreRefused(t *testing.T) {
	block := encodeBlock(make([]byte, 20), 10)
	block[3] = 9
	if _, _, ok := correct(block, 10, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}); ok {
		t.Error("11 erasures were corrected with 10 check words")
	}
}

func BenchmarkCorrect(b *testing.B) {
	sent := encodeBlock(bytes.Repeat([]byte{0x5A}, 100), 30)
	got := make([]byte, len(sent))
	b.ReportAllocs()
	for b.Loop() {
		copy(got, sent)
		for i := range 15 {
			got[7*i] ^= 0xFF
		}
		if _, _, ok := correct(got, 30, nil); !ok {
			b.Fatal("not corrected")
		}
	}
}
