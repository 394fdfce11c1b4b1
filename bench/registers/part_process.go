//go:build linux

package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linetwin.dev/bench"
	"linetwin.dev/bench/suite"
	"linetwin.dev/protocol"
)

// readers of one register at the same time.
var readers = []int{1, 2, 16, 256}

// measureProcess reads and writes a register in this process. Processor time counts,
// which other work on the machine does not lengthen.
func measureProcess(s *session) ([]bench.Row, error) {
	bank := protocol.NewBank()
	writer := bank.Writer("writer", "bench")
	image := make([]*protocol.In, registers)
	var out *protocol.Out
	for i := range image {
		var err error
		if out, err = writer.Define(protocol.Def{Name: fmt.Sprintf("r.%04d", i), Type: protocol.U16}); err != nil {
			return nil, err
		}
		out.SetUint(0, 1)
		image[i] = out.In()
	}
	bank.Seal()
	in := out.In()

	read := map[int]*figures{}
	for _, n := range readers {
		read[n] = newFigures("ns")
	}
	alone, beside, against := newFigures("ns"), newFigures("ns"), newFigures("ns")
	for range s.rounds {
		for _, n := range readers {
			read[n].add(s.registers, timeReads(in, n))
		}
		alone.add(s.registers, timeWrites(out))
		stop := readOn(image)
		beside.add(s.registers, timeWrites(out))
		stop()
		stop = readOn([]*protocol.In{in})
		against.add(s.registers, timeWrites(out))
		stop()
	}
	var columns []column
	worst := 0.0
	for _, n := range readers {
		columns = append(columns, column{fmt.Sprintf("read, of %d readers", n), read[n], 2})
		worst = max(worst, *read[n].median(s.registers))
	}
	columns = append(columns, column{"write", alone, 1}, column{"beside readers of all registers", beside, 1}, column{"of this one only", against, 1})
	show("process: one u16 register of 2,000, its readers and its writer in one process; ns of processor time", []*peer{s.registers}, columns...)

	now := time.Duration(0)
	readAllocs := testing.AllocsPerRun(1000, func() { sink.Store(in.Uint()) })
	writeAllocs := testing.AllocsPerRun(1000, func() { now++; out.SetUint(now, uint64(now&1)) })
	return []bench.Row{
		bench.Measured("one register read in process, of 1 to 256 readers", worst, "ns", "<= 5ns"),
		bench.Measured("allocations of it", readAllocs, "1", "<= 0"),
		alone.row("one register write in process", s.registers, nil, bench.Lower, "<= 25ns"),
		beside.row("the same, beside readers of all registers", s.registers, nil, bench.Lower, "<= 25ns"),
		against.row("the same, beside readers of this one only", s.registers, nil, bench.Lower, "<= 25ns"),
		bench.Measured("allocations of it", writeAllocs, "1", "<= 0"),
	}, nil
}

// sink takes what was read, so that it is read.
var sink atomic.Uint64

// timeReads has n goroutines read a register, and gives the processor time of one read
// in ns.
func timeReads(in *protocol.In, n int) float64 {
	const reads = 30_000_000
	var work sync.WaitGroup
	before := suite.ProcessTime()
	for range n {
		work.Go(func() {
			var sum uint64
			for range reads / n {
				sum += in.Uint()
			}
			sink.Store(sum)
		})
	}
	work.Wait()
	return float64(suite.ProcessTime()-before) / float64(reads/n*n)
}

// timeWrites gives the processor time of one write, of another value each, in ns.
func timeWrites(out *protocol.Out) float64 {
	const writes = 10_000_000
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := suite.ThreadTime()
	for i := range writes {
		out.SetUint(time.Duration(i), uint64(i&0xffff))
	}
	return float64(suite.ThreadTime()-before) / writes
}

// readOn reads the registers one after the other, again and again, on all processors
// but one, until stop is called: that many readers read at the same time, however many
// there are. It returns when they do.
func readOn(image []*protocol.In) (stop func()) {
	var over atomic.Bool
	var begun, work sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		begun.Add(1)
		work.Go(func() {
			begun.Done()
			var sum uint64
			for !over.Load() {
				for _, in := range image {
					sum += in.Uint()
				}
			}
			sink.Store(sum)
		})
	}
	begun.Wait()
	return func() {
		over.Store(true)
		work.Wait()
	}
}
