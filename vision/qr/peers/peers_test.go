package peers_test

import (
	"fmt"
	"slices"
	"testing"

	"linetwin.dev/vision/qr/peers"
	"linetwin.dev/vision/qr/scenes"
)

func TestPeersReadACleanCodeAndNothingWhereThereIsNone(t *testing.T) {
	for _, p := range peers.All() {
		t.Run(p.Name, func(t *testing.T) {
			if p.Missing != "" {
				t.Skip(p.Missing)
			}
			s, err := scenes.Gozxing{}.Print("LT00000017", 0, scenes.M)
			if err != nil {
				t.Fatal(err)
			}
			for _, several := range []bool{false, true} {
				if got, err := p.Read(scenes.Clean(&s, 6), several); err != nil || !slices.Equal(got, []string{"LT00000017"}) {
					t.Errorf("several %t: read %q, error %v", several, got, err)
				}
			}
			if got, err := p.Read(scenes.Cloth.Render(scenes.Stream(1, 1), 200, 200), false); err != nil || len(got) > 0 {
				t.Errorf("of cloth it reads %q, error %v", got, err)
			}
		})
	}
}

func Example() {
	s, err := scenes.Gozxing{}.Print("LT00000017", 0, scenes.M)
	if err != nil {
		fmt.Println(err)
		return
	}
	texts, err := peers.Gozxing().Read(scenes.Clean(&s, 6), false)
	fmt.Println(texts, err)
	// Output: [LT00000017] <nil>
}
