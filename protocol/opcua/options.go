package opcua

import (
	"cmp"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/guard"
)

// Options of a server. Bank, Folder, and one of Authorise and AllowAnonymous are
// needed; other zero fields take the defaults named.
type Options struct {
	// Addr to listen on, "host:port" (127.0.0.1:4840; port 0 for any free one).
	Addr string
	// Hostname is the name or address by which clients reach this machine, for the
	// endpoint and the certificate (the host of Addr, or this machine's name where Addr
	// stands for all its addresses).
	Hostname string
	// Name of the server as clients show it ("linetwin").
	Name string
	// ApplicationURI identifies this server among all others; it is part of its
	// certificate ("urn:HOSTNAME:NAME", or that of the certificate in Folder).
	ApplicationURI string
	// Namespace is the URI of the registers' namespace, which has index 2
	// ("urn:linetwin:registers").
	Namespace string
	// Root is the name of the folder, in Objects, that holds the registers ("Line").
	Root string

	// Folder of the certificates: own/ with the server's certificate and key, made at
	// the first start; trusted/ with those of clients that may connect; rejected/ with
	// those of clients that tried to.
	Folder string
	// AllowNone lets clients connect without signature and encryption.
	AllowNone bool
	// AllowAnonymous lets clients in that say nothing about who they are. Authorise is
	// asked about them as well; without it they may read. See Server.SetAnonymous.
	AllowAnonymous bool
	// Authorise says what a user may do, or false to turn him away. It is called from many
	// goroutines, may take the time that a good hash of a password takes, and may answer
	// otherwise later: see Server.Reauthorise.
	Authorise func(Credentials) (protocol.Grant, bool)
	// Guard slows down who tries passwords, one after the other, from one address: for a
	// while those from there are not looked at. It may be shared with others who judge the
	// same passwords. Without it the server has its own.
	Guard *guard.Guard

	// Bank that is served. It must be sealed.
	Bank *protocol.Bank
	// Apply takes clients' writes to the registers' writer. Without it all registers
	// are read only.
	Apply protocol.ApplyFunc
	// Start is when line time was zero, for the time stamps of values (now).
	Start time.Time
	// Enumerations of registers of integer types, by the register's name. Registers may
	// share one.
	Enumerations map[string]*Enumeration
	// Ranges that values of registers normally have, by the register's name. A percent
	// deadband is a percentage of this range, and is not possible without it.
	Ranges map[string]Range

	Limits Limits
	// Log gets a line for each client that comes, goes, or is turned away; nil for none.
	Log *slog.Logger
}

// Limits of what clients may ask for, and how long they may take.
type Limits struct {
	// Clients connected at one time (100). Of more, one without a session is closed, the
	// one that connected first.
	Clients int
	// Sessions at one time (100).
	Sessions int
	// Subscriptions of one session (20), and Items in one of them (10,000).
	Subscriptions, Items int
	// Queue is the longest queue of a monitored item (1000), and Queued the sum of the
	// queues of one session (100,000).
	Queue, Queued int
	// Operations in one request: nodes read, written, browsed, monitored (2000).
	Operations int
	// Message is the largest request, in bytes (1 MiB). Before a session is activated
	// it is 64 KiB.
	Message int
	// Publishing and Sampling are the shortest intervals (50 ms, 10 ms).
	Publishing, Sampling time.Duration
	// Session is the longest time-out of a session (1 h).
	Session time.Duration
	// Half bounds how long a client may take for a message once it has begun (5 s), and
	// Stall how long it may leave answers unread (5 s).
	Half, Stall time.Duration
	// Patience is how long a write may take (5 s).
	Patience time.Duration
}

// Range of a quantity.
type Range struct{ Low, High float64 }

// Enumeration is a data type whose values have names.
type Enumeration struct {
	// Name of the data type: "PackMLState".
	Name string
	// Values, by number.
	Values map[int32]string
}

// Credentials are what a user proved to be.
type Credentials struct {
	// Anonymous: nothing else is given.
	Anonymous bool
	// Name and Password, or the Certificate whose key the user was shown to have and which
	// is valid at this time; whether it is known is for Authorise to say.
	Name, Password string
	Certificate    *x509.Certificate
	// Application is the certificate of the client's program, which is trusted; nil on a
	// connection without security.
	Application *x509.Certificate
	// Client is the address that the client has.
	Client net.Addr
}

// Thumbprint of a certificate: its SHA-1 in hexadecimal, as OPC UA tools show it.
func Thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}

// same reports whether two users are the same one.
func (c *Credentials) same(o *Credentials) bool {
	if c.Certificate != nil || o.Certificate != nil {
		return c.Certificate != nil && o.Certificate != nil && c.Certificate.Equal(o.Certificate)
	}
	return c.Anonymous == o.Anonymous && c.Name == o.Name
}

// user is how logs name the user.
func (c *Credentials) user() string {
	switch {
	case c.Anonymous:
		return "anonymous"
	case c.Certificate != nil:
		return "certificate " + Thumbprint(c.Certificate)
	}
	return c.Name
}

func setDefault[T cmp.Ordered](v *T, def T) {
	var zero T
	if *v <= zero {
		*v = def
	}
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.Clients, 100)
	setDefault(&l.Sessions, 100)
	setDefault(&l.Subscriptions, 20)
	setDefault(&l.Items, 10_000)
	setDefault(&l.Queue, 1000)
	setDefault(&l.Queued, 100_000)
	setDefault(&l.Operations, 2000)
	setDefault(&l.Message, 1<<20)
	setDefault(&l.Publishing, 50*time.Millisecond)
	setDefault(&l.Sampling, 10*time.Millisecond)
	setDefault(&l.Session, time.Hour)
	setDefault(&l.Half, 5*time.Second)
	setDefault(&l.Stall, 5*time.Second)
	setDefault(&l.Patience, 5*time.Second)
	l.Message = max(l.Message, smallMessage)
	return l
}

func (o Options) withDefaults() Options {
	setDefault(&o.Addr, "127.0.0.1:4840")
	setDefault(&o.Name, "linetwin")
	setDefault(&o.Namespace, "urn:linetwin:registers")
	setDefault(&o.Root, "Line")
	if o.Start.IsZero() {
		o.Start = time.Now()
	}
	if o.Authorise == nil {
		o.Authorise = func(c Credentials) (protocol.Grant, bool) {
			return protocol.Grant{Name: "anonymous"}, c.Anonymous
		}
	}
	if o.Guard == nil {
		o.Guard = new(guard.Guard)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

// check looks at what the caller gave, before the defaults.
func (o *Options) check() error {
	switch {
	case o.Bank == nil || !o.Bank.Sealed():
		return errors.New("the bank is not sealed; clients must see a tree that stays")
	case o.Folder == "":
		return errors.New("no folder for certificates is given; without it no client could tell this server from another")
	case o.Authorise == nil && !o.AllowAnonymous:
		return errors.New("nobody could log in; give Authorise or AllowAnonymous")
	}
	types := make(map[string]*Enumeration)
	for name, e := range o.Enumerations {
		info, err := o.Bank.Lookup(name)
		switch {
		case err != nil:
			return fmt.Errorf("enumeration of %q: %w", name, err)
		case e == nil || e.Name == "" || len(e.Values) == 0:
			return fmt.Errorf("the enumeration of register %q needs a name and values", name)
		case !info.Type.Integer():
			return fmt.Errorf("register %q is %v; only integers can be enumerations", name, info.Type)
		case types[e.Name] != nil && types[e.Name] != e:
			return fmt.Errorf("two enumerations are called %q; let registers share one, or rename one", e.Name)
		}
		types[e.Name] = e
	}
	for name, r := range o.Ranges {
		info, err := o.Bank.Lookup(name)
		switch {
		case err != nil:
			return fmt.Errorf("range of %q: %w", name, err)
		case info.Type == protocol.Bool || o.Enumerations[name] != nil:
			return fmt.Errorf("register %q has a range; only numbers have one", name)
		case !(r.Low < r.High) || math.IsInf(r.High-r.Low, 0):
			return fmt.Errorf("the range of register %q is from %v to %v; the second must be larger, and both finite", name, r.Low, r.High)
		}
	}
	return nil
}

// numbers are the enumeration's, in ascending order.
func (e *Enumeration) numbers() []int32 {
	ns := make([]int32, 0, len(e.Values))
	for n := range e.Values {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	return ns
}
