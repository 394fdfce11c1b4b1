package qr

// field holds powers and logarithms in GF(256) with x^8+x^4+x^3+x^2+1, generator 2.
var field = newField()

type galois struct {
	exp [512]byte
	log [256]int
}

func newField() *galois {
	g := new(galois)
	x := 1
	for i := range 255 {
		g.exp[i], g.exp[i+255] = byte(x), byte(x)
		g.log[x] = i
		x <<= 1
		if x >= 256 {
			x ^= 0x11D
		}
	}
	g.exp[510], g.exp[511] = 1, 2
	return g
}

func (g *galois) mul(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return g.exp[g.log[a]+g.log[b]]
}

func (g *galois) div(a, b byte) byte {
	if a == 0 {
		return 0
	}
	return g.exp[g.log[a]+255-g.log[b]]
}

const maxCheck = 30 // check code words of a block

// correct restores a block in place whose last check words are those of the Reed-Solomon
// code with roots 2^0, 2^1, ... erased lists the places that are suspect. It corrects
// whenever 2*errors + erasures <= check, and says how many words were wrong outside of the
// erased places, and how many in them. It allocates nothing. Where it fails, the block is
// left as it was.
//
// Errors-and-erasures decoding by Berlekamp and Massey's algorithm started with the locator of
// the erasures, roots by trial, values by Forney's formula (Blahut, Algebraic Codes for Data
// Transmission, chapter 7).
func correct(block []byte, check int, erased []int) (errors, restored int, ok bool) {
	n, g := len(block), field
	if len(erased) > check || n > 255 || check > maxCheck || check >= n {
		return 0, 0, false
	}
	var syndromes [maxCheck]byte
	dirty := byte(0)
	for i := range check {
		s := byte(0)
		for _, w := range block {
			s = g.mul(s, g.exp[i]) ^ w
		}
		syndromes[i] = s
		dirty |= s
	}
	if dirty == 0 {
		return 0, 0, true
	}
	// The locator, lowest power first: the product of (1 - X z) over the places.
	var locator, old, next [maxCheck + 2]byte
	locator[0] = 1
	for i, p := range erased {
		x := g.exp[n-1-p]
		for j := i + 1; j > 0; j-- {
			locator[j] ^= g.mul(locator[j-1], x)
		}
	}
	old = locator
	degree := len(erased)
	for r := len(erased); r < check; r++ {
		delta := byte(0)
		for j := 0; j <= min(degree, r); j++ {
			delta ^= g.mul(locator[j], syndromes[r-j])
		}
		copy(old[1:], old[:len(old)-1]) // times z
		old[0] = 0
		if delta == 0 {
			continue
		}
		for j := range next {
			next[j] = locator[j] ^ g.mul(delta, old[j])
		}
		if 2*degree <= r+len(erased) {
			for j := range old {
				old[j] = g.div(locator[j], delta)
			}
			degree = r + 1 + len(erased) - degree
		}
		locator = next
	}
	if 2*degree-len(erased) > check || degree > maxCheck {
		return 0, 0, false
	}
	// The evaluator: syndromes times locator, up to z^(check-1).
	var evaluator [maxCheck]byte
	for i := range check {
		for j := 0; j <= min(i, degree); j++ {
			evaluator[i] ^= g.mul(locator[j], syndromes[i-j])
		}
	}
	var places [maxCheck]int
	var values [maxCheck]byte
	found := 0
	for p := range n {
		inverse := g.exp[255-(n-1-p)]
		value, slope, power := byte(0), byte(0), byte(1)
		for j := 0; j <= degree; j++ {
			t := g.mul(locator[j], power)
			value ^= t
			if j&1 == 1 {
				slope ^= t // z times the derivative
			}
			power = g.mul(power, inverse)
		}
		if value != 0 {
			continue
		}
		if slope == 0 || found == degree {
			return 0, 0, false
		}
		top, power := byte(0), byte(1)
		for i := range check {
			top ^= g.mul(evaluator[i], power)
			power = g.mul(power, inverse)
		}
		// The first root is 2^0, so the value is X * evaluator / (z * derivative * X).
		places[found], values[found] = p, g.div(top, slope)
		found++
	}
	if found != degree {
		return 0, 0, false
	}
	for i := range found {
		if values[i] != 0 {
			if holds(erased, places[i]) {
				restored++
			} else {
				errors++
			}
		}
	}
	for i := range found {
		block[places[i]] ^= values[i]
	}
	return errors, restored, true
}

func holds(list []int, x int) bool {
	for _, v := range list {
		if v == x {
			return true
		}
	}
	return false
}
