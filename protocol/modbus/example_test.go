package modbus_test

import (
	"fmt"
	"os"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/modbus"
)

func Example() {
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "setpoints", "line.cue:3:1", func() time.Duration { return 0 })
	_, err := store.Define(protocol.Def{Name: "belt.setpoint", Type: protocol.F32, Unit: "m/s", Access: protocol.Operator, Doc: "speed to have"}, protocol.FloatValue(0.4))
	if err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	gw, err := modbus.New(bank, modbus.Settings{
		Addr:  "127.0.0.1:0",
		Grant: protocol.Grant{Access: protocol.Operator},
		Units: []modbus.Unit{{IDs: []int{1}, Auto: []string{"belt.*"}}},
	}, modbus.Options{Apply: store.Apply})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := gw.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer gw.Close()
	fmt.Println(modbus.PrintMap(os.Stdout, gw.Map()))
	// Output:
	// unit 1, holding registers
	// address  reference  size  register       type  order  unit  access       meaning
	// 0        400001     2     belt.setpoint  f32   ABCD   m/s   read, write  speed to have
	//
	// unit 1, input registers
	// address  reference  size  register       type  order  unit  access  meaning
	// 0        300001     2     belt.setpoint  f32   ABCD   m/s   read    speed to have
	// <nil>
}
