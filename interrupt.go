package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruption is the cause of a context that a signal ended.
type interruption struct{ sig syscall.Signal }

func (i interruption) Error() string { return "interrupted" }

// code is the exit code, as shells number it.
func (i interruption) code() int { return 128 + int(i.sig) }

// interrupted is the exit code of a command whose context a signal ended.
func interrupted(ctx context.Context) int {
	if i, ok := context.Cause(ctx).(interruption); ok {
		return i.code()
	}
	return 128 + int(syscall.SIGINT)
}

// interruptible gives a context that ends with the first Ctrl-C, so that what runs can
// come to a clean end. The second one calls abandon and ends the program at once. The
// signals are Ctrl-C, TERM and HUP, unless others are named.
func interruptible(parent context.Context, abandon func(), wanted ...os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	if len(wanted) == 0 {
		wanted = []os.Signal{syscall.SIGINT, syscall.SIGTERM}
		if !signal.Ignored(syscall.SIGHUP) { // as under nohup
			wanted = append(wanted, syscall.SIGHUP)
		}
	}
	came := make(chan os.Signal, 2)
	signal.Notify(came, wanted...)
	go func() {
		first, ok := <-came
		if !ok {
			return
		}
		cancel(interruption{first.(syscall.Signal)})
		if second, ok := <-came; ok {
			abandon()
			os.Exit(interruption{second.(syscall.Signal)}.code())
		}
	}()
	return ctx, func() {
		signal.Stop(came)
		close(came)
		cancel(nil)
	}
}
