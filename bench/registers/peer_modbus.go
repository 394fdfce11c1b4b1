//go:build linux

package main

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed libmodbus/server.c
var modbusServer []byte

// findModbus looks for libmodbus and a C compiler, and compiles the server in folder.
func findModbus(folder string) *peer {
	p := &peer{name: "libmodbus", dialect: modbusDialect{}, most: 1000} // its select ends at 1,024 descriptors
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libmodbus").Output()
	if err != nil {
		p.absent = "pkg-config does not find libmodbus; apt-get install libmodbus-dev pkg-config"
		return p
	}
	if v, err := exec.Command("pkg-config", "--modversion", "libmodbus").Output(); err == nil {
		p.name += " " + strings.TrimSpace(string(v))
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		p.absent = "there is no C compiler; apt-get install gcc"
		return p
	}
	source, program := filepath.Join(folder, "server.c"), filepath.Join(folder, "modbus-server")
	if err := os.WriteFile(source, modbusServer, 0o644); err != nil {
		p.absent = err.Error()
		return p
	}
	args := append([]string{"-O2", "-o", program, source}, strings.Fields(string(flags))...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		p.absent = fmt.Sprintf("%s does not compile: %v\n%s", source, err, out)
		return p
	}
	p.start = func() (*process, error) {
		return startAnnouncing(exec.Command(program, strconv.Itoa(registers)))
	}
	return p
}

// modbusDialect is Modbus TCP, functions 3 and 6, unit 1.
type modbusDialect struct{ silent }

// modbusHead is transaction, protocol 0, length, unit, function.
const modbusHead = 8

var be = binary.BigEndian

func (modbusDialect) request(dst []byte, x *exchange) []byte {
	function, last := byte(3), uint16(1)
	switch x.kind {
	case writeOne:
		function, last = 6, x.value
	case readBlock:
		last = blockLength
	}
	dst = be.AppendUint16(dst, x.id)
	dst = append(dst, 0, 0, 0, 6, 1, function)
	dst = be.AppendUint16(dst, x.register)
	return be.AppendUint16(dst, last)
}

func (d modbusDialect) reply(b []byte, x *exchange) (int, error) {
	if len(b) < modbusHead {
		return 0, nil
	}
	n := 6 + int(be.Uint16(b[4:]))
	if len(b) < n {
		return 0, nil
	}
	var right bool
	body := b[modbusHead:max(n, modbusHead)]
	switch x.kind {
	case readOne:
		right = b[7] == 3 && len(body) == 3 && body[0] == 2 && be.Uint16(body[1:]) == x.value
	case writeOne:
		right = b[7] == 6 && len(body) == 4 && be.Uint16(body) == x.register && be.Uint16(body[2:]) == x.value
	case readBlock:
		right = b[7] == 3 && len(body) == 1+2*blockLength && body[0] == 2*blockLength && isBlock(body[1:], be, x.register)
	}
	if !right || be.Uint16(b) != x.id || be.Uint16(b[2:]) != 0 || b[6] != 1 {
		return 0, unexpected(b, n, x)
	}
	return n, nil
}
