package main

// kind of an exchange.
type kind uint8

const (
	readOne kind = iota
	writeOne
	readBlock
)

// exchange is a request, and what its reply must be. Registers have 16 bits.
type exchange struct {
	kind     kind
	id       uint16
	register uint16
	// value that is written, or that a reply must have; of a block, see blockValue.
	value uint16
}

// blockLength is how many registers a readBlock reads, the most that Modbus allows.
const blockLength = 125

// Registers that the load generator uses: some are written once and then read, others
// are written.
const (
	firstRead  = 0
	firstWrite = 1000
	registers  = 2000
)

// constant is the value that a register for reading has. It has five digits.
func constant(register uint16) uint16 { return 10_000 + register*53%50_000 }

// dialect is a protocol as the load generator speaks it. Its methods keep nothing of
// what they are given.
type dialect interface {
	// greet appends what a client says first, if anything.
	greet(dst []byte) []byte
	// greeted returns the size of the answer to that, or 0 while b is not all of it.
	greeted(b []byte) (int, error)
	// request appends a request.
	request(dst []byte, x *exchange) []byte
	// reply returns the size of the reply that b begins with, or 0 while b is not all
	// of it. An error says how it is not the right one.
	reply(b []byte, x *exchange) (int, error)
}

// silent is the part of a dialect in which clients say nothing first.
type silent struct{}

func (silent) greet(dst []byte) []byte       { return dst }
func (silent) greeted(b []byte) (int, error) { return 0, nil }

// batch is requests that are sent at once.
type batch struct {
	bytes     []byte
	exchanges []exchange
}

func newBatch(d dialect, exchanges []exchange) *batch {
	b := &batch{exchanges: exchanges}
	for i := range exchanges {
		b.bytes = d.request(b.bytes, &exchanges[i])
	}
	return b
}

// reads makes a batch of n reads for a connection, each of another register.
func reads(d dialect, connection, n int) *batch {
	x := make([]exchange, n)
	for i := range x {
		register := uint16(firstRead + (connection*n+i)%(firstWrite-firstRead))
		x[i] = exchange{readOne, uint16(i + 1), register, constant(register)}
	}
	return newBatch(d, x)
}

// writes makes a batch of n writes for a connection, each to another register. With
// another turn the values are others, so that each write changes something.
func writes(d dialect, connection, n, turn int) *batch {
	x := make([]exchange, n)
	for i := range x {
		register := uint16(firstWrite + (connection*n+i)%(registers-firstWrite))
		x[i] = exchange{writeOne, uint16(i + 1), register, constant(register) + uint16(turn)}
	}
	return newBatch(d, x)
}

// block makes a batch of one block read.
func block(d dialect) *batch {
	return newBatch(d, []exchange{{kind: readBlock, id: 1, register: firstRead}})
}
