package mes

import (
	"fmt"
	"strings"
	"time"
)

// Order is a quantity of a product that the line is to make.
type Order struct {
	ID       string
	Product  string
	Quantity int // good parts
	// Cycle is the planned run time per part (PRI in ISO 22400-2), zero when it
	// is not known; without it there is no effectiveness and no OEE.
	Cycle time.Duration
}

// OrderState is where an order stands.
type OrderState string

// The states of an order. Completed and Aborted are final.
const (
	Planned   OrderState = "Planned"   // known, waits for its turn
	Released  OrderState = "Released"  // goes before all planned ones
	Running   OrderState = "Running"   // parts are counted for it
	Held      OrderState = "Held"      // interrupted; parts are not counted for it
	Completed OrderState = "Completed" // its quantity of good parts is reached
	Aborted   OrderState = "Aborted"   // given up
)

// Final tells whether an order in this state can change no more.
func (s OrderState) Final() bool { return s == Completed || s == Aborted }

// successors are the legal transitions; all others are refused.
var successors = map[OrderState][]OrderState{
	Planned:  {Released, Aborted},
	Released: {Running, Aborted},
	Running:  {Held, Completed, Aborted},
	Held:     {Running, Aborted},
}

func legal(from, to OrderState) bool {
	for _, s := range successors[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Verb is what people may ask of an order.
type Verb string

// The verbs.
const (
	Release Verb = "release" // Planned -> Released
	Start   Verb = "start"   // Planned or Released -> Running
	Hold    Verb = "hold"    // Running -> Held
	Resume  Verb = "resume"  // Held -> Running
	Abort   Verb = "abort"   // any but a final state -> Aborted
)

// Verbs lists them all, in the order of an order's life.
func Verbs() []Verb { return []Verb{Release, Start, Hold, Resume, Abort} }

// ParseVerb reads a verb by its name.
func ParseVerb(s string) (Verb, error) {
	for _, v := range Verbs() {
		if s == string(v) {
			return v, nil
		}
	}
	return "", fmt.Errorf("mes: %q is not a command; the commands are release, start, hold, resume, abort", s)
}

// rules say from which states a verb applies and where it leads.
var rules = map[Verb]struct {
	from []OrderState
	to   OrderState
}{
	Release: {[]OrderState{Planned}, Released},
	Start:   {[]OrderState{Planned, Released}, Running},
	Hold:    {[]OrderState{Running}, Held},
	Resume:  {[]OrderState{Held}, Running},
	Abort:   {[]OrderState{Planned, Released, Running, Held}, Aborted},
}

// Allows tells whether the verb applies to an order in state s. Start and
// resume also need that no other order runs.
func (v Verb) Allows(s OrderState) bool {
	for _, f := range rules[v].from {
		if f == s {
			return true
		}
	}
	return false
}

// Command is a verb for one order.
type Command struct {
	Order string
	Verb  Verb
}

// TransitionError says that an order may not go where a command wants it.
type TransitionError struct {
	Order    string
	Verb     Verb
	From, To OrderState
	Hint     string // what would be right
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("mes: order %s cannot %s, from %s to %s: %s", e.Order, e.Verb, e.From, e.To, e.Hint)
}

// refusal explains why verb v does not apply in state s.
func refusal(o *order, v Verb) *TransitionError {
	r := rules[v]
	e := &TransitionError{Order: o.ID, Verb: v, From: o.state, To: r.to}
	if o.state.Final() {
		e.Hint = fmt.Sprintf("%s is final; plan a new order", o.state)
		return e
	}
	names := make([]string, len(r.from))
	for i, f := range r.from {
		names[i] = string(f)
	}
	var may []string
	for _, w := range Verbs() {
		if w.Allows(o.state) {
			may = append(may, string(w))
		}
	}
	e.Hint = fmt.Sprintf("%s needs %s; a %s order can %s", v, strings.Join(names, " or "), o.state, strings.Join(may, " or "))
	return e
}

// order is an Order with its life.
type order struct {
	Order
	state   OrderState
	dirty   bool
	started time.Duration // first time Running, -1 before
	ended   time.Duration // Completed or Aborted, -1 before
	tally   tally
	spent   []stateTime // line time per state while it ran
}

func newOrder(o Order) *order {
	return &order{Order: o, state: Planned, started: -1, ended: -1}
}

// checkOrders looks at the orders of a configuration, by themselves.
func checkOrders(orders []Order) error {
	seen := make(map[string]bool, len(orders))
	for i, o := range orders {
		switch {
		case o.ID == "":
			return fmt.Errorf("mes: order %d has no ID; give it one", i+1)
		case !validID(o.ID):
			return fmt.Errorf("mes: order ID %q: letters, digits, '_', '.' and '-' are allowed, the first a letter or digit", o.ID)
		case seen[o.ID]:
			return fmt.Errorf("mes: order %s is there twice; IDs must be unique", o.ID)
		case o.Quantity < 1:
			return fmt.Errorf("mes: order %s has the quantity %d; at least 1 is needed", o.ID, o.Quantity)
		case o.Cycle < 0:
			return fmt.Errorf("mes: order %s has the cycle %v; a positive time, or 0 for unknown, is needed", o.ID, o.Cycle)
		}
		seen[o.ID] = true
	}
	return nil
}

// validID keeps order IDs fit for addresses.
func validID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || c != '_' && c != '.' && c != '-') {
			return false
		}
	}
	return s != ""
}
