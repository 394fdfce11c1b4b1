package specs

import "linetwin.dev/specs/mistake"

// Error is one thing that is wrong with a specification.
type Error = mistake.Error

// Errors is everything that was found wrong, sorted by place.
type Errors = mistake.Errors

// moreFollow is the last of the errors when some checks could not be made.
const moreFollow = "more checks follow once these are fixed"

// problems collects errors.
type problems struct{ mistake.Problems }

// err is nil when there is nothing wrong.
func (p *problems) err() error {
	all := p.Sorted()
	if all == nil {
		return nil
	}
	if p.Masked {
		all = append(all, Error{Message: moreFollow})
	}
	return all
}
