package modbus

import (
	"fmt"
	"time"

	"linetwin.dev/protocol"
)

// Settings of a gateway are plain data, as a configuration file has them. Zero fields
// take the defaults named. All of them can be replaced while the gateway runs: see
// Gateway.Reconfigure. The Place of a part is where the file names it
// (file:line:column), for errors.
type Settings struct {
	// Addr to serve Modbus TCP on, "host:port"; "" for none.
	Addr string `json:"addr"`
	// Idle, Half and Stall bound how long a client over TCP may say nothing (2 minutes),
	// take for one request (5 s), and leave its replies unread (5 s).
	Idle  time.Duration `json:"idle"`
	Half  time.Duration `json:"half"`
	Stall time.Duration `json:"stall"`
	// Answer is how long a write may wait for the register's writer (1 s) before it is
	// answered with TargetNotResponding. It may still be carried out after that.
	Answer time.Duration `json:"answer"`
	// MaxClients over TCP at one time; the connections of more are closed (10,000).
	MaxClients int `json:"maxClients"`
	// Grant is what masters may do; by default they read everything and write nothing.
	Grant protocol.Grant `json:"grant"`
	// OnBad is what a master sees of a register whose quality is bad.
	OnBad OnBad `json:"onBad"`
	// Identity is what the gateway says of itself.
	Identity Identity `json:"identity"`
	// Units that there are: without any, all of the bank is laid out for every unit
	// identifier.
	Units []Unit `json:"units"`
	// Serial lines to serve.
	Serial []Serial `json:"serial"`
	Place  string   `json:"place"`
}

// Unit is what masters see under some unit identifiers.
type Unit struct {
	// IDs of the unit. Without any it answers to all that no other unit has.
	IDs []int `json:"ids"`
	// Auto lays registers out by itself, in order of Ref and without gaps from address 0:
	// bools as coils and under the same addresses as discrete inputs, all others as
	// holding registers and under the same addresses as input registers. It lists names
	// and patterns in which * stands for any text. With Auto there are no blocks.
	Auto []string `json:"auto"`
	// The four tables.
	Coils            []Block `json:"coils"`
	DiscreteInputs   []Block `json:"discreteInputs"`
	HoldingRegisters []Block `json:"holdingRegisters"`
	InputRegisters   []Block `json:"inputRegisters"`
	// Grant takes the place of the gateway's.
	Grant *protocol.Grant `json:"grant"`
	Place string          `json:"place"`
}

// Block is registers one after another in a table.
//
// In a table of bits a bool takes one address, and an integer one for each of its bits,
// the least significant first. In a table of words a bool, a u16 and an i16 take one,
// the others two or four in the register's word order.
type Block struct {
	// Address of the first register, from 0, as it is on the wire.
	Address uint16 `json:"address"`
	// Registers by name or pattern; those of a pattern come in order of Ref.
	Registers []string `json:"registers"`
	// Quality puts the registers' quality in place of their values, one address each: in
	// a table of words 0 is good, 1 uncertain, 2 bad; in one of bits 1 says that the
	// value can be used, 0 that it is bad. It cannot be written.
	Quality bool   `json:"quality"`
	Place   string `json:"place"`
}

// Serial is a serial line on which the gateway is a server of RTU frames.
type Serial struct {
	// Device as the system names it: "/dev/ttyUSB0", "COM3".
	Device string `json:"device"`
	// Baud rate in bits per second (19200).
	Baud int `json:"baud"`
	// Parity is "even", "odd" or "none" ("even").
	Parity string `json:"parity"`
	// StopBits, 1 or 2 (1 with parity, 2 without).
	StopBits int `json:"stopBits"`
	// Units that answer on this line, from 1 to 247 (all that the settings give an
	// identifier).
	Units []int `json:"units"`
	// Silence ends a frame (3.5 characters, and at least 1.75 ms).
	Silence time.Duration `json:"silence"`
	// Late is how long the rest of a frame may still be on its way after a silence, as
	// adapters and schedulers deliver it in pieces (20 ms).
	Late time.Duration `json:"late"`
	// Echo says that the adapter hears what it sends.
	Echo  bool   `json:"echo"`
	Place string `json:"place"`
}

// Identity is what a master reads with ReadDeviceIdentification and ReportServerID.
type Identity struct {
	Vendor          string `json:"vendor"`      // "linetwin.dev"
	ProductCode     string `json:"productCode"` // "linetwin"
	Revision        string `json:"revision"`    // the version of the program
	VendorURL       string `json:"vendorURL"`
	ProductName     string `json:"productName"`
	ModelName       string `json:"modelName"`
	ApplicationName string `json:"applicationName"`
}

// OnBad says what a master sees of a register whose quality is bad. It is never the
// value that was there before.
type OnBad uint8

// The ways to show that a register is bad.
const (
	// BadNotResponding answers the whole request with TargetNotResponding.
	BadNotResponding OnBad = iota
	// BadFailure answers the whole request with DeviceFailure, for masters that know no
	// exceptions of gateways.
	BadFailure
	// BadMarked puts a mark in the value's place, so that the other registers of the
	// request can be read: NaN, the least value of a signed type, the greatest of an
	// unsigned one, and 0xffff for a bool. In tables of bits there is no room for a mark,
	// and it is as BadNotResponding.
	BadMarked
)

var onBadText = [...]string{BadNotResponding: "not-responding", BadFailure: "failure", BadMarked: "marked"}

// String is "not-responding", "failure" or "marked".
func (o OnBad) String() string {
	if int(o) >= len(onBadText) {
		return fmt.Sprintf("on-bad(%d)", uint8(o))
	}
	return onBadText[o]
}

// MarshalText is String.
func (o OnBad) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText is the inverse of String.
func (o *OnBad) UnmarshalText(text []byte) error {
	for i, s := range onBadText {
		if s == string(text) {
			*o = OnBad(i)
			return nil
		}
	}
	return fmt.Errorf("%q does not say what a bad register is shown as; it is one of not-responding, failure, marked", text)
}

// exception is what OnBad answers with where it does not mark.
func (o OnBad) exception() Exception {
	if o == BadFailure {
		return DeviceFailure
	}
	return TargetNotResponding
}

func (s Settings) withDefaults() Settings {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&s.Idle, 2*time.Minute)
	set(&s.Half, 5*time.Second)
	set(&s.Stall, 5*time.Second)
	set(&s.Answer, time.Second)
	if s.MaxClients <= 0 {
		s.MaxClients = 10_000
	}
	if len(s.Units) == 0 {
		s.Units = []Unit{{Auto: []string{"*"}, Place: s.Place}}
	}
	s.Identity = s.Identity.withDefaults()
	return s
}

func (l Serial) withDefaults() Serial {
	if l.Baud <= 0 {
		l.Baud = 19200
	}
	if l.Parity == "" {
		l.Parity = "even"
	}
	if l.StopBits == 0 {
		l.StopBits = 1
		if l.Parity == "none" {
			l.StopBits = 2
		}
	}
	if l.Silence <= 0 {
		// A character has 11 bits; above 19200 bits per second the silence gets no shorter.
		l.Silence = max(time.Second*77/2/time.Duration(l.Baud), 1750*time.Microsecond)
	}
	if l.Late <= 0 {
		l.Late = 20 * time.Millisecond
	}
	l.Late = max(l.Late, l.Silence)
	return l
}
