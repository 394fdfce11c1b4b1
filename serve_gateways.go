package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/config"
	"linetwin.dev/protocol/modbus"
	"linetwin.dev/protocol/opcua"
	"linetwin.dev/protocol/wire"
	"linetwin.dev/twin"
)

// openModbus opens the gateway for Modbus masters.
func (v *servers) openModbus() error {
	if v.site.conf.Modbus == nil {
		return nil
	}
	settings, err := modbusSettings(v.site.conf, v.access.grants.Load())
	if err != nil {
		return err
	}
	if v.modbus, err = modbus.New(v.site.bank, settings, modbus.Options{Apply: v.besides(), Log: v.site.log}); err != nil {
		return err
	}
	v.closers = append(v.closers, v.modbus.Close)
	if err := v.modbus.Start(); err != nil {
		return taken(err, v.site.conf, "modbus", v.site.conf.Modbus.Address)
	}
	return nil
}

// taken says what to do where another program has a gateway's address.
func taken(err error, c *config.Config, gateway, address string) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return fmt.Errorf("%s: address %s is already in use; name a free one in %s.address", c.Where(gateway), address, gateway)
}

// modbusSettings are those of a configuration, with their places in it.
func modbusSettings(c *config.Config, g *config.Grants) (s modbus.Settings, err error) {
	m := c.Modbus
	grant, _ := g.Role(m.Role) // which was checked
	s = modbus.Settings{
		Addr: m.Address, Idle: m.Idle.D(), Answer: m.Answer.D(), MaxClients: m.MaxClients, Grant: grant,
		Identity: modbus.Identity{}, Place: c.Where("modbus"),
	}
	if err := s.OnBad.UnmarshalText([]byte(m.OnBad)); err != nil {
		return s, err
	}
	for i, u := range m.Units {
		at := func(more ...string) []string { return append([]string{"modbus", "units", strconv.Itoa(i)}, more...) }
		unit := modbus.Unit{IDs: u.IDs, Auto: u.Auto, Place: c.Where(at()...)}
		for _, t := range []struct {
			name string
			from []config.Block
			to   *[]modbus.Block
		}{
			{"coils", u.Coils, &unit.Coils}, {"discreteInputs", u.DiscreteInputs, &unit.DiscreteInputs},
			{"holdingRegisters", u.HoldingRegisters, &unit.HoldingRegisters}, {"inputRegisters", u.InputRegisters, &unit.InputRegisters},
		} {
			for j, b := range t.from {
				*t.to = append(*t.to, modbus.Block{
					Address: uint16(b.Address), Registers: b.Registers, Quality: b.Quality, Place: c.Where(at(t.name, strconv.Itoa(j))...),
				})
			}
		}
		if u.Role != "" {
			grant, _ := g.Role(u.Role)
			unit.Grant = &grant
		}
		s.Units = append(s.Units, unit)
	}
	for i, l := range m.Serial {
		s.Serial = append(s.Serial, modbus.Serial{
			Device: l.Device, Baud: l.Baud, Parity: l.Parity, StopBits: l.StopBits, Units: l.Units, Echo: l.Echo,
			Place: c.Where("modbus", "serial", strconv.Itoa(i)),
		})
	}
	return s, nil
}

// modbusPlaces says where the Modbus gateway is.
func (v *servers) modbusPlaces() string {
	var all []string
	if tcp := v.modbus.Addr(); tcp != nil {
		all = append(all, tcp.String())
	}
	c := v.site.conf
	if v.site.live != nil {
		c = v.site.live.Current()
	}
	for _, l := range c.Modbus.Serial {
		all = append(all, fmt.Sprintf("%s at %d baud", l.Device, l.Baud))
	}
	return strings.Join(all, ", ")
}

// openOPCUA opens the OPC UA server.
func (v *servers) openOPCUA() error {
	c := v.site.conf
	if c.OPCUA == nil {
		return nil
	}
	var err error
	v.opcua, err = opcua.Listen(opcua.Options{
		Addr: c.OPCUA.Address, Hostname: c.OPCUA.Hostname, Folder: c.File(c.OPCUA.Folder), AllowNone: c.OPCUA.AllowNone,
		AllowAnonymous: v.access.anonymous(), Authorise: v.access.opcuaUser, Guard: &v.access.guard,
		Bank: v.site.bank, Apply: v.besides(), Start: time.Now().Add(-v.site.now()),
		Enumerations: v.site.enumerations(), Ranges: ranges(c), Log: v.site.log,
	})
	if err != nil {
		return taken(fmt.Errorf("%s: OPC UA: %w", c.Where("opcua"), err), c, "opcua", c.OPCUA.Address)
	}
	v.closers = append(v.closers, v.opcua.Close)
	return nil
}

// opcuaUser says what a user of OPC UA may do: one with the name of a client and its
// token as the password, or with its certificate.
func (a *access) opcuaUser(c opcua.Credentials) (protocol.Grant, bool) {
	grants := a.grants.Load()
	switch {
	case c.Certificate != nil:
		conf := a.tls.Load()
		if conf == nil || conf.ClientCAs == nil {
			return protocol.Grant{}, false // nobody vouches for it
		}
		_, err := c.Certificate.Verify(x509.VerifyOptions{Roots: conf.ClientCAs, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err != nil {
			return protocol.Grant{}, false
		}
		return grants.Authorise(wire.Credentials{Certificate: c.Certificate.Subject.CommonName})
	case c.Anonymous:
		return grants.User("", "")
	case c.Name == "":
		return protocol.Grant{}, false
	}
	return grants.User(c.Name, c.Password)
}

// enumerations are the line's registers whose numbers have names.
func (s *site) enumerations() map[string]*opcua.Enumeration {
	if s.line == nil {
		return nil
	}
	all := map[string]*opcua.Enumeration{}
	states := &opcua.Enumeration{Name: "PackMLState", Values: twin.PackMLStates()}
	for _, name := range s.line.StateRegisters() {
		all[name] = states
	}
	return all
}

// ranges are those of registers with a least and a greatest value.
func ranges(c *config.Config) map[string]opcua.Range {
	all := map[string]opcua.Range{}
	for name, r := range c.Registers {
		if r.Min == nil || r.Max == nil {
			continue
		}
		low, err := strconv.ParseFloat(string(*r.Min), 64)
		high, err2 := strconv.ParseFloat(string(*r.Max), 64)
		if err == nil && err2 == nil && low < high {
			all[name] = opcua.Range{Low: low, High: high}
		}
	}
	return all
}
