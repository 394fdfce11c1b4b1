package depth

import "bytes"

// nextSet is the first index from x on at which mask is set, to 255, or its length.
func nextSet(mask []byte, x int) int {
	if i := bytes.IndexByte(mask[x:], 255); i >= 0 {
		return x + i
	}
	return len(mask)
}
