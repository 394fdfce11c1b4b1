//go:build !linux

package realtime

import "syscall"

func processAttributes() *syscall.SysProcAttr { return nil }

func quietCPU() []int { return nil }
