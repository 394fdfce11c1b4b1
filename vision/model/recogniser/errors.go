package recogniser

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed says that the lane was closed.
var ErrClosed = errors.New("the recogniser is closed")

// Refused says that a request was not taken in since there is too much to do, and when
// it is worth trying again. HTTP knows it as 429.
type Refused struct {
	Why        string
	RetryAfter time.Duration
}

func (e *Refused) Error() string {
	return fmt.Sprintf("%s; try again in %v", e.Why, e.RetryAfter.Round(time.Second))
}

// Unavailable says that a recogniser fails again and again, why, and when it is started
// the next time. HTTP knows it as 503.
type Unavailable struct {
	Cause      error
	RetryAfter time.Duration
}

func (e *Unavailable) Error() string { return fmt.Sprintf("it does not run: %v", e.Cause) }

func (e *Unavailable) Unwrap() error { return e.Cause }

// Fault says what a recogniser did that it must not do, whereupon it was ended. Words
// are the last that it wrote to standard error.
type Fault struct {
	Name, What, Words string
	// Late is set when it did nothing wrong but answer too late.
	Late bool
}

func (e *Fault) Error() string {
	text := fmt.Sprintf("recogniser %s %s", e.Name, e.What)
	if e.Words != "" {
		text += "; its last words: " + e.Words
	}
	return text
}

// Complaint is what a recogniser says is wrong with a picture; the recogniser itself is
// well.
type Complaint struct{ Name, Text string }

func (e *Complaint) Error() string { return fmt.Sprintf("recogniser %s: %s", e.Name, e.Text) }
