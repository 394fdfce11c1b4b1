//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench/vision uses Linux's clocks of processor time; run it on Linux")
	os.Exit(2)
}
