package mistake_test

import (
	"fmt"

	"cuelang.org/go/cue/token"

	"linetwin.dev/specs/mistake"
)

func Example() {
	var p mistake.Problems
	at := token.Position{Filename: "line.cue", Line: 10, Column: 40}
	p.Add([]string{"conveyors", "belt", "speed"}, at, "%q is not a speed; write m/s", "0.5mm")
	if !p.Touched([]string{"conveyors", "belt"}) {
		fmt.Println("nothing was said about the belt: it can be held against the rest")
	}
	for _, e := range p.Sorted() {
		fmt.Println(e)
	}
	// Output: line.cue:10:40: "0.5mm" is not a speed; write m/s
}
