package match_test

import (
	"fmt"

	"linetwin.dev/vision/match"
	"linetwin.dev/vision/match/scenes"
)

func Example() {
	scene := scenes.Make(scenes.Covered, 3)
	label, err := match.NewTemplate(scene.Templates[0], match.TemplateOptions{Name: "label"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := match.NewSearcher([]*match.Template{label}, match.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := s.Search(scene.Image, match.Rect{})
	if err != nil {
		fmt.Println(err)
		return
	}
	truth := scene.Truth[0]
	fmt.Printf("really at (%.1f, %.1f), %.0f %% covered\n", truth.X, truth.Y, 100*truth.Covered)
	for _, m := range r.Matches {
		fmt.Printf("found at (%.1f, %.1f)\n%s\n", m.X, m.Y, m.Explain())
	}
	// Output:
	// really at (431.9, 186.3), 36 % covered
	// found at (431.9, 186.3)
	// score 0.62: 65 % agrees, with a correlation of 0.98; the upper right part differs or is covered; light 0.97 x +8; next best 0.10, 262 pixels away
}
