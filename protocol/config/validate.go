package config

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/specs/mistake"
)

// names are the keys of a map in order.
func names[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// validator checks what the schema cannot say.
type validator struct {
	*problems
	c *Config
}

// validate checks the whole, and reads the files that it names.
func (c *Config) validate(p *problems) {
	v := &validator{p, c}
	c.src.digests = map[string][sha256.Size]byte{}
	c.src.tokens = map[string][sha256.Size]byte{}
	v.address(c.Listen.Address, "listen", "address")
	if c.HTTP.Address != "" {
		v.address(c.HTTP.Address, "http", "address")
	}
	v.tls()
	v.limits()
	v.gateways()
	for _, name := range names(c.Clients) {
		v.client(name)
	}
	if c.Anonymous != nil && *c.Anonymous != "" {
		v.role(*c.Anonymous, "anonymous")
	}
	for _, name := range names(c.Registers) {
		v.register(name)
	}
	if c.Values.Within <= 0 {
		v.wrong("it is too little; write a time above zero", "values", "within")
	}
}

// wrong reports a value at its place, unless it was found wrong before.
func (v *validator) wrong(text string, path ...string) {
	if v.Touched(path) {
		return
	}
	v.Add(path, v.c.src.at(path).value, "%s: %s", mistake.Show(path), text)
}

func (v *validator) address(a string, path ...string) {
	_, port, err := net.SplitHostPort(a)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		v.wrong(fmt.Sprintf("%q is not an address; write HOST:PORT, as in \"127.0.0.1:7117\"", a), path...)
	}
}

func (v *validator) gateways() {
	if m := v.c.Modbus; m != nil {
		if m.Address != "" {
			v.address(m.Address, "modbus", "address")
		}
		v.role(m.Role, "modbus", "role")
		v.above(m.Answer, "modbus", "answer")
		v.above(m.Idle, "modbus", "idle")
		for i, u := range m.Units {
			if u.Role != "" {
				v.role(u.Role, "modbus", "units", strconv.Itoa(i), "role")
			}
		}
	}
	if v.c.OPCUA != nil {
		v.address(v.c.OPCUA.Address, "opcua", "address")
	}
}

// above refuses a time of zero.
func (v *validator) above(d Duration, path ...string) {
	if d <= 0 {
		v.wrong(fmt.Sprintf("%s is too little; write a time above zero", d), path...)
	}
}

func (v *validator) limits() {
	l := &v.c.Limits
	v.above(l.Idle, "limits", "idle")
	v.above(l.Half, "limits", "half")
	v.above(l.Stall, "limits", "stall")
	v.above(l.Poll, "limits", "poll")
	if l.MaxOutput < 4<<10 {
		v.wrong(fmt.Sprintf("%s is too little for one answer; write 4KiB or more", l.MaxOutput), "limits", "maxOutput")
	}
}

// file reads a file that a setting names, and remembers that the configuration depends
// on it.
func (v *validator) file(name string, path ...string) ([]byte, bool) {
	at := v.c.File(name)
	v.c.src.reads = append(v.c.src.reads, at)
	data, err := readRegular(at)
	if err != nil {
		v.wrong(fmt.Sprintf("%s cannot be read: %v; name a file, relative to the configuration's folder", mistake.Short(at), mistake.Cause(err)), path...)
		return nil, false
	}
	if len(data) > mostFile {
		v.wrong(fmt.Sprintf("%s has %d bytes; no token and no certificate has more than %d", mistake.Short(at), len(data), mostFile), path...)
		return nil, false
	}
	v.c.src.digests[mistake.Show(path)] = sha256.Sum256(data)
	return data, true
}

// mostFile is the largest file that a setting may name: tokens and certificates are
// much smaller.
const mostFile = 1 << 20

// readRegular reads a regular file: a pipe or a device may never come to an end.
func readRegular(name string) ([]byte, error) {
	switch info, err := os.Stat(name); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	return os.ReadFile(name)
}

// tls reads the certificates.
func (v *validator) tls() {
	t := v.c.Listen.TLS
	if t == nil {
		return
	}
	cert, ok1 := v.file(t.Cert, "listen", "tls", "cert")
	key, ok2 := v.file(t.Key, "listen", "tls", "key")
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if ok1 && ok2 {
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			v.wrong(fmt.Sprintf("%s and %s are no certificate and its key in PEM: %v", t.Cert, t.Key, err), "listen", "tls", "cert")
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	switch {
	case t.ClientCA != "":
		if ca, ok := v.file(t.ClientCA, "listen", "tls", "clientCA"); ok {
			conf.ClientCAs = x509.NewCertPool()
			if !conf.ClientCAs.AppendCertsFromPEM(ca) {
				v.wrong(fmt.Sprintf("%s holds no certificate in PEM", t.ClientCA), "listen", "tls", "clientCA")
			}
		}
		conf.ClientAuth = tls.VerifyClientCertIfGiven
		if t.RequireClientCert {
			conf.ClientAuth = tls.RequireAndVerifyClientCert
		}
	case t.RequireClientCert:
		v.wrong("nobody vouches for clients' certificates; name the file in clientCA", "listen", "tls", "requireClientCert")
	}
	v.c.src.tls = conf
}

// role finds a role.
func (v *validator) role(name string, path ...string) {
	if known := v.c.roleNames(); !slices.Contains(known, name) {
		v.wrong(fmt.Sprintf("there is no role %q; %s", name, hint(name, known, "the roles are")), path...)
	}
}

// minToken is the least length of a token: shorter ones are guessed.
const minToken = 8

func (v *validator) client(name string) {
	c := v.c.Clients[name]
	v.role(c.Role, "clients", name, "role")
	var given []string
	for _, t := range []struct{ setting, value string }{{"token", c.Token}, {"tokenFile", c.TokenFile}, {"tokenEnv", c.TokenEnv}} {
		if t.value != "" {
			given = append(given, t.setting)
		}
	}
	switch {
	case len(given) > 1:
		v.wrong(fmt.Sprintf("%s are given; keep one of them", strings.Join(given, " and ")), "clients", name)
		return
	case len(given) == 0 && c.Certificate == "":
		v.wrong("nothing tells this client from others; give it a tokenFile, tokenEnv, token or certificate", "clients", name)
		return
	}
	if c.Certificate != "" {
		if t := v.c.Listen.TLS; t == nil || t.ClientCA == "" {
			v.wrong("no client can show a certificate; name who vouches for them in listen.tls.clientCA", "clients", name, "certificate")
		}
	}
	if len(given) == 1 {
		v.token(name, given[0], c)
	}
	for _, other := range names(v.c.Clients) {
		o := v.c.Clients[other]
		if other < name && o.Certificate == c.Certificate && v.c.src.tokens[other] == v.c.src.tokens[name] {
			v.wrong(fmt.Sprintf("client %s at %s shows the same; clients are told by what they show", other, v.c.Where("clients", other)), "clients", name)
		}
	}
}

// token finds a client's token, and keeps its digest only.
func (v *validator) token(name, setting string, c Client) {
	path := []string{"clients", name, setting}
	token := c.Token
	switch setting {
	case "tokenFile":
		data, ok := v.file(c.TokenFile, path...)
		if !ok {
			return
		}
		token = strings.TrimSpace(string(data))
	case "tokenEnv":
		var ok bool
		if token, ok = os.LookupEnv(c.TokenEnv); !ok {
			v.wrong(fmt.Sprintf("the environment has no variable %s; set it before the start", c.TokenEnv), path...)
			return
		}
	}
	if len(token) < minToken || len(token) > wire.MaxToken {
		v.wrong(fmt.Sprintf("the token has %d bytes; it has from %d to %d", len(token), minToken, wire.MaxToken), path...)
		return
	}
	v.c.src.tokens[name] = sha256.Sum256([]byte(token))
}

func (v *validator) register(name string) {
	r := v.c.Registers[name]
	at := func(setting string) []string { return []string{"registers", name, setting} }
	switch {
	case len(name) > protocol.MaxName:
		v.wrong(fmt.Sprintf("the name has %d bytes; it may have %d", len(name), protocol.MaxName), "registers", name)
	case len(r.Unit) > protocol.MaxUnit:
		v.wrong(fmt.Sprintf("it has %d bytes; it may have %d", len(r.Unit), protocol.MaxUnit), at("unit")...)
	case len(r.Doc) > protocol.MaxDoc:
		v.wrong(fmt.Sprintf("it has %d bytes; it may have %d", len(r.Doc), protocol.MaxDoc), at("doc")...)
	}
	t := r.def(name).Type
	if !t.Valid() {
		return // which was said
	}
	value := func(l Literal, setting string) (protocol.Value, bool) {
		x, err := protocol.ParseValue(t, string(l))
		if err != nil {
			v.wrong(err.Error(), at(setting)...)
		}
		return x, err == nil
	}
	if t == protocol.Bool {
		for setting, l := range map[string]*Literal{"min": r.Min, "max": r.Max} {
			if l != nil {
				v.wrong("a bool has no least and no greatest value; leave it out", at(setting)...)
			}
		}
		value(r.Initial, "initial")
		return
	}
	for setting, l := range map[string]*Literal{"min": r.Min, "max": r.Max} {
		if l != nil {
			value(*l, setting)
		}
	}
	x, ok := value(r.Initial, "initial")
	l := r.limits() // what cannot be read is none
	switch {
	case r.Min != nil && r.Max != nil && !l.Hold(t, l.Low):
		v.wrong(fmt.Sprintf("the least value, %s, is above the greatest, %s", *r.Min, *r.Max), at("min")...)
	case ok && !l.Hold(t, x):
		v.wrong(fmt.Sprintf("%s is not within min and max; write a value that is", r.Initial), at("initial")...)
	}
}
