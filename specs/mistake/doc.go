// Package mistake tells people what is wrong in the CUE that they wrote: each mistake
// with its file, line and column, what is wrong there, and what would be right.
//
// Its main type is [Error]; [Problems] collects them while a file is read, and
// remembers which fields must not be judged any more because something was said about
// them already. The other functions are the words that such messages share: paths as
// people write them, the name that a misspelt one most likely means, CUE's own errors
// without what the reader does not care for.
//
//	var p mistake.Problems
//	p.Add([]string{"conveyors", "belt", "speed"}, at, "%q is not a speed; write m/s", "0.5mm")
//	if !p.Touched([]string{"conveyors", "belt"}) {
//		// nothing was said about the belt: it can be held against the rest
//	}
//	for _, e := range p.Sorted() {
//		fmt.Println(e) // line.cue:10:40: "0.5mm" is not a speed; write m/s
//	}
//
// It knows nothing of what the files describe, and of CUE only places, literals and
// errors: what reads scenarios and what reads the configuration of a register server
// both stand on it.
package mistake
