package modbus

import (
	"sync"
	"sync/atomic"

	"linetwin.dev/protocol"
)

// job is the working space of one request, and what its reply needs once its
// transaction is done. Jobs are lent from a pool.
type job struct {
	bank *protocol.Bank
	unit *unit

	refs    []protocol.Ref
	samples []protocol.Sample
	tx      protocol.Transaction

	// The reply of a write is what the request began with; that of ReadWriteRegisters is
	// the words from first to end in the table read.
	echo       [7]byte
	echoed     int
	read       table
	first, end int

	done atomic.Bool   // the transaction was not carried out at once, but now it has been
	wake chan struct{} // is told of that
}

var jobs = sync.Pool{New: func() any {
	j := &job{wake: make(chan struct{}, 1)}
	j.tx.Finished = func(*protocol.Transaction) {
		j.done.Store(true)
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	return j
}}

// newJob is a job for the requests to an image. It goes back with release, unless a
// transaction of its still waits: then nobody may use it again.
func newJob(im *image) *job {
	j := jobs.Get().(*job)
	j.bank = im.bank
	return j
}

func (j *job) release() {
	j.bank, j.unit, j.read = nil, nil, nil
	jobs.Put(j)
}

// take makes room for n samples.
func (j *job) take(n int) []protocol.Sample {
	if cap(j.samples) < n {
		j.samples = make([]protocol.Sample, max(n, MaxReadRegisters))
	}
	return j.samples[:n]
}

// snapshot reads the registers of spans at one instant.
func (j *job) snapshot(spans table) ([]protocol.Sample, Exception) {
	j.refs = j.refs[:0]
	for i := range spans {
		if !spans[i].mayRead {
			return nil, IllegalAddress
		}
		j.refs = append(j.refs, spans[i].ref)
	}
	samples := j.take(len(spans))
	if !j.bank.Snapshot(j.refs, samples) {
		return nil, ServerBusy
	}
	return samples, 0
}
