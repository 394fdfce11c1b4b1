package match

// Plainly runs f without the kernels in assembly.
func Plainly(f func()) { plainly(f) }
