//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench/registers uses Linux's epoll, packet sockets and /proc; run it on Linux")
	os.Exit(2)
}
