//go:build !amd64

package match

// setVector does nothing: there are no kernels in assembly.
func setVector(bool) bool { return false }
