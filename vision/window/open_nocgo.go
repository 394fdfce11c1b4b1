//go:build !cgo

package window

import "fmt"

// open tells that this program has no windows.
func open(View, Options) error {
	return fmt.Errorf("%w: this linetwin was built without cgo, which GLFW needs; build it with CGO_ENABLED=1 and what .ci/need build installs", ErrNoDisplay)
}
