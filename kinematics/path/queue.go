package path

import (
	"sync/atomic"

	"linetwin.dev/kinematics/machine"
)

// queue is what is between a Planner and a Runner: pieces of geometry, and zones in which
// the path has one speed limit. Both are rings, written at one end and read at the other.
// The Planner may change a zone until it is published; the Runner owns zone.u2.
type queue struct {
	pieces []piece
	zones  []zone

	// How many there have been: ready ones, and ones that the Runner is done with.
	piecesReady, piecesDone atomic.Uint64
	zonesReady, zonesDone   atomic.Uint64
}

// zonesPerPiece is for how many zones there is room: corners split their neighbours.
const zonesPerPiece = 4

func newQueue(size int) *queue {
	return &queue{pieces: make([]piece, size), zones: make([]zone, size*zonesPerPiece)}
}

func (q *queue) piece(i uint64) *piece { return &q.pieces[i&uint64(len(q.pieces)-1)] }

func (q *queue) zone(i uint64) *zone { return &q.zones[i&uint64(len(q.zones)-1)] }

// zone is a stretch of the path with one speed limit.
type zone struct {
	len float64 // m
	limits
	at  float64 // m, its start, for the Planner
	own limits  // before its neighbours lowered them
	u2  float64 // m2/s2, square of the speed from which all limits ahead can be met

	rapid bool
	rest  bool // the path stops at its end
	halt  bool // the machine stops there for want of room in the queue
}

// limits of the path's motion.
type limits struct {
	speed float64 // m/s, that no axis lets the path exceed
	accel float64 // m/s2, either way
	feed  float64 // m/s, as programmed
}

// piece is a stretch of the path with one formula.
type piece struct {
	len   float64 // m
	shape curve
	m     *machine.Machine // tool centre point control, nil for coordinates that are joints
	line  int
	file  int
	feed  float64 // m/s of the path, as programmed
	asked float64 // the move's
	rapid bool
	rest  bool // the path stops at its end
	begin int  // a mark from its start on, or 0
	mark  int  // a mark from its end on, or 0
	dwell float64
}
