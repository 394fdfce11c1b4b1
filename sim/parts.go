package sim

import (
	"linetwin.dev/kinematics"
	"linetwin.dev/specs"
	"linetwin.dev/twin/device"
)

// part is one bottle.
type part struct {
	truth   device.Part
	belt    *belt
	product *specs.Product
	s0      float64 // the belt's position at which the part's centre is at x = 0, m
	y, yaw  float64
	look    *look
	gone    bool
}

// half of the part's width along the belt, in metres.
func (p *part) half() float64 { return float64(p.product.Body.Width) / 2 }

// pose of the part's frame in the line's frame, when its centre is at x.
func (p *part) pose(x float64) kinematics.Pose {
	return kinematics.FromRPY([3]float64{x, p.y, 0}, [3]float64{0, 0, p.yaw})
}

// queue is the parts on a belt, foremost first. They are numbered as they come; those
// that are gone stay until all before them are.
type queue struct {
	list []*part
	base int // number of list[0]
}

// end is the number that the next part will get.
func (q *queue) end() int { return q.base + len(q.list) }

// get is the part of a number, or nil when it has gone.
func (q *queue) get(n int) *part {
	if n < q.base || q.list[n-q.base].gone {
		return nil
	}
	return q.list[n-q.base]
}

// last is the newest part that is still there, or nil.
func (q *queue) last() *part {
	for i := len(q.list) - 1; i >= 0; i-- {
		if !q.list[i].gone {
			return q.list[i]
		}
	}
	return nil
}

func (q *queue) add(p *part) { q.list = append(q.list, p) }

// trim forgets the foremost parts that are gone.
func (q *queue) trim() {
	for len(q.list) > 0 && q.list[0].gone {
		q.list[0] = nil
		q.list = q.list[1:]
		q.base++
	}
}
