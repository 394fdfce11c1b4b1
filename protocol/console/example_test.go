package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/console"
)

func Example() {
	bank := protocol.NewBank()
	store := protocol.NewStore(bank, "recipe", "line.cue:7:1", func() time.Duration { return 0 })
	if _, err := store.Define(protocol.Def{Name: "recipe.level", Type: protocol.F64, Unit: "mm", Access: protocol.Operator}, protocol.FloatValue(80)); err != nil {
		fmt.Println(err)
		return
	}
	bank.Seal()
	con := console.New(console.Options{Bank: bank, Apply: store.Apply})
	defer con.Close()
	mux := http.NewServeMux()
	mux.Handle(console.Path, con)
	web := httptest.NewServer(mux)
	defer web.Close()

	ctx := context.Background()
	c, err := console.Dial(ctx, web.URL, console.DialOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	rs, err := c.Set(ctx, map[string]string{"recipe.level": "82.5"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rs[0].Name, rs[0].Value, rs[0].Unit, rs[0].Quality)
	// Output:
	// recipe.level 82.5 mm good
}
