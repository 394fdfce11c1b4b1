package metrics_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/metrics"
)

func Example() {
	bank := protocol.NewBank()
	level, err := bank.Writer("tank", "line.cue:3:1").Define(protocol.Def{Name: "tank.level", Type: protocol.F64, Unit: "mm"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	level.SetFloat(0, 82.5)
	page, err := metrics.Handler(metrics.Options{Bank: bank, Registers: []string{"tank.*"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	web := httptest.NewServer(page)
	defer web.Close()
	res, err := http.Get(web.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "linetwin_register{") {
			fmt.Print(line)
		}
	}
	// Output:
	// linetwin_register{name="tank.level",unit="mm"} 82.5
}
