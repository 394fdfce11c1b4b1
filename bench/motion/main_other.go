//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench/motion uses Linux's clocks of processor time and its real-time threads; run it on Linux")
	os.Exit(2)
}
