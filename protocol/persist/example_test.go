package persist_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/persist"
)

// A recipe number that is still there after a restart.
func Example() {
	dir, _ := os.MkdirTemp("", "values")
	defer os.RemoveAll(dir)
	for range 3 {
		f, err := persist.Open(filepath.Join(dir, "server.values"))
		if err != nil {
			panic(err)
		}
		bank := protocol.NewBank()
		store := protocol.NewStore(bank, "configuration", "", func() time.Duration { return 0 })
		number, _ := f.Value("recipe", protocol.U16) // 0 at first
		recipe, _ := store.Define(protocol.Def{Name: "recipe", Type: protocol.U16}, number)
		bank.Seal()
		f.Keep(bank, []protocol.Ref{recipe.Ref()}, time.Second, func(err error) { fmt.Println(err) })
		fmt.Println(recipe.In().Uint())
		store.Apply(protocol.NewWrite(recipe.Ref(), protocol.UintValue(recipe.In().Uint()+10)))
		if err := f.Close(); err != nil {
			panic(err)
		}
	}
	// Output:
	// 0
	// 10
	// 20
}
