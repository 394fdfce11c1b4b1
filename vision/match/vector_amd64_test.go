package match

// setVector turns the kernels in assembly on or off, and tells what they were.
func setVector(on bool) (had bool) {
	had, vector = vector, on
	return had
}
