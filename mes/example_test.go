package mes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/mes"
)

func Example() {
	dir, _ := os.MkdirTemp("", "mes")
	defer os.RemoveAll(dir)
	m, err := mes.Open(filepath.Join(dir, "mes.db"), mes.Config{
		Run:       "bottling-1",
		Orders:    []mes.Order{{ID: "A-1", Product: "still", Quantity: 100}},
		Registers: []string{"conveyor.speed"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	m.State(0, "Execute")
	m.Complete(2*time.Second, mes.Part{Track: 1, Serial: 17, Product: "still", Good: true})
	m.Complete(4*time.Second, mes.Part{Track: 2, Product: "still", Reason: "no QR"})
	s := m.Snapshot()
	fmt.Println(s.Orders[0].State, s.Total.Good, s.Total.Reject, m.Check())
	// Output: Running 1 1 <nil>
}
