package scenes

import (
	"image"
	"math"
	"math/rand/v2"
)

// change is what is drawn otherwise than in the good one: parts are numbered as they are drawn.
type change struct {
	skip  int // from 1; 0: none
	wrong int // a part or word that is drawn as another
}

// part is something that a thing is made of.
type part struct {
	box   image.Rectangle
	track bool
}

// draw draws a thing and tells its parts.
func draw(c *canvas, base string, rng *rand.Rand, ch change) []part {
	switch base {
	case "circuit":
		return circuit(c, rng, ch)
	case "label":
		return label(c, rng, ch)
	case "wood":
		wood(c, rng)
	case "metal":
		metal(c, rng)
	case "fabric":
		fabric(c, rng)
	case "clouds":
		clouds(c, rng)
	case "bottle":
		bottle(c, rng)
	}
	return nil
}

func circuit(c *canvas, rng *rand.Rand, ch change) (parts []part) {
	board := []colour{{20, 90, 50}, {25, 60, 110}, {110, 30, 30}, {30, 34, 36}}[rng.IntN(4)]
	grain := newWaves(rng, c.w, c.h, 5)
	c.fill(func(x, y float64) colour { return board.times(1 + 0.04*grain.at(x, y)) })
	next := func(box image.Rectangle, track bool) (draw bool) {
		parts = append(parts, part{box, track})
		return len(parts) != ch.skip
	}
	copper := board.times(1.35)
	copper[1] += 25
	for range 26 {
		x, y := rng.Float64()*float64(c.w), rng.Float64()*float64(c.h)
		l, up := 40+rng.Float64()*150, rng.IntN(2) == 0
		width := 2 + 3*rng.Float64()
		x1, y1 := x+l, y
		if up {
			x1, y1 = x, y+l
		}
		c.line(x, y, x1, y1, width, copper, 1)
		gap := image.Rect(int(x+l/2)-6, int(y)-5, int(x+l/2)+6, int(y)+5)
		if up {
			gap = image.Rect(int(x)-5, int(y+l/2)-6, int(x)+5, int(y+l/2)+6)
		}
		if !next(gap, true) {
			for py := gap.Min.Y; py < gap.Max.Y; py++ {
				for px := gap.Min.X; px < gap.Max.X; px++ {
					c.set(px, py, board.times(1+0.04*grain.at(float64(px), float64(py))), 1)
				}
			}
		}
		c.disc(x, y, width+1.5, colour{190, 180, 150})
		c.disc(x, y, width/2, colour{40, 40, 40})
	}
	names := "RCLUDQ"
	for gy := 20; gy < c.h-50; gy += 56 {
		for gx := 20; gx < c.w-60; gx += 66 {
			if rng.Float64() < 0.3 {
				continue
			}
			kind := rng.IntN(4)
			w, h := []int{30, 14, 44, 16}[kind], []int{12, 24, 32, 16}[kind]
			x, y := gx+rng.IntN(16), gy+rng.IntN(12)
			name := string(names[rng.IntN(len(names))]) + string(rune('0'+rng.IntN(10))) + string(rune('0'+rng.IntN(10)))
			box := image.Rect(x, y, x+w, y+h)
			shade := 0.7 + 0.6*rng.Float64()
			if !next(box, false) {
				continue
			}
			if len(parts) == ch.wrong {
				name = "X" + string(name[2]) + "8"
				kind = (kind + 1) % 4
			}
			component(c, box, kind, shade)
			c.text(x, y+h+1, name, 1, colour{225, 225, 220})
		}
	}
	return parts
}

func component(c *canvas, r image.Rectangle, kind int, shade float64) {
	silver := colour{200, 200, 205}.times(min(shade, 1.1))
	switch kind {
	case 0, 1:
		c.rect(r, silver)
		c.rect(r.Inset(0).Intersect(image.Rect(r.Min.X+5, r.Min.Y, r.Max.X-5, r.Max.Y)), []colour{{35, 33, 32}, {150, 120, 80}}[kind].times(shade))
	case 2:
		for x := r.Min.X + 3; x+3 < r.Max.X; x += 8 {
			c.rect(image.Rect(x, r.Min.Y-4, x+4, r.Max.Y+4), silver)
		}
		c.rect(r, colour{38, 38, 42}.times(shade))
		c.text(r.Min.X+4, r.Min.Y+8, "LT7", 1, colour{150, 150, 150})
	case 3:
		m := r.Min.Add(r.Max).Div(2)
		c.disc(float64(m.X), float64(m.Y), 9, colour{180, 182, 186}.times(min(shade, 1.2)))
		c.disc(float64(m.X), float64(m.Y), 6, colour{120, 122, 128}.times(shade))
	}
}

var words = []string{"BOTTLE", "LINE", "LOT", "BEST", "BEFORE", "2031", "NET", "750", "ml", "WATER", "STILL", "SPRING",
	"No.", "4711", "MADE", "IN", "KEEP", "COOL", "DRY", "EXP", "07/29", "Store", "upright", "CONTENTS", "natural"}

func label(c *canvas, rng *rand.Rand, ch change) (parts []part) {
	paper := colour{235, 232, 222}
	if rng.IntN(3) == 0 {
		paper = colour{200, 215, 235}
	}
	grain := newWaves(rng, c.w, c.h, 4)
	c.fill(func(x, y float64) colour { return paper.times(1 + 0.008*grain.at(x, y)) })
	ink := []colour{{30, 30, 35}, {20, 40, 110}, {130, 20, 30}}[rng.IntN(3)]
	c.rect(image.Rect(0, c.h/8, c.w, c.h/8+60), ink.times(1.4))
	for range 4 {
		c.disc(rng.Float64()*float64(c.w), rng.Float64()*float64(c.h), 15+rng.Float64()*30,
			colour{90 + rng.Float64()*140, 90 + rng.Float64()*140, 90 + rng.Float64()*140})
	}
	for y := 30; y < c.h-40; {
		size := 1 + rng.IntN(3)
		for x := 20 + rng.IntN(30); x < c.w-100; {
			word := words[rng.IntN(len(words))]
			box := image.Rect(x, y, x+7*size*len(word), y+13*size)
			parts = append(parts, part{box, false})
			x = box.Max.X + 9*size
			if len(parts) == ch.skip {
				continue
			}
			if len(parts) == ch.wrong {
				b := []byte(word)
				for i := range b {
					b[i] = "EX08WAZ"[(int(b[i])+i)%7]
				}
				word = string(b)
			}
			c.text(box.Min.X, box.Min.Y, word, size, ink)
		}
		y += 13*size + 6 + rng.IntN(14)
	}
	for x := c.w / 2; x < c.w/2+120; {
		w := 1 + rng.IntN(4)
		c.rect(image.Rect(x, c.h-140, x+w, c.h-100), colour{15, 15, 15})
		x += w + 1 + rng.IntN(4)
	}
	return parts
}

func wood(c *canvas, rng *rand.Rand) {
	slow, fine := newWaves(rng, c.w, c.h, 90), newWaves(rng, c.w*2, c.h, 6)
	bend := newWaves(rng, c.w, c.h, 60)
	rings := 6 + 5*rng.Float64()
	c.fill(func(x, y float64) colour {
		v := math.Sin((y + 18*bend.at(x, y) + 10*slow.at(x, y)) / rings)
		f := 1 + 0.10*v + 0.05*fine.at(x/6, y) + 0.04*slow.at(x, y)
		return colour{165, 118, 72}.times(f)
	})
}

func metal(c *canvas, rng *rand.Rand) {
	streak, slow, fine := newWaves(rng, c.w, c.h*3, 3), newWaves(rng, c.w, c.h, 120), newWaves(rng, c.w, c.h, 2.2)
	c.fill(func(x, y float64) colour {
		f := 1 + 0.05*streak.at(x/25, y*2) + 0.05*slow.at(x, y) + 0.02*fine.at(x, y)
		return colour{150, 152, 156}.times(f)
	})
	for range 5 {
		x, y := rng.Float64()*float64(c.w), rng.Float64()*float64(c.h)
		c.disc(x, y, 9, colour{60, 60, 64})
		c.disc(x, y, 6, colour{20, 20, 22})
	}
}

func fabric(c *canvas, rng *rand.Rand) {
	tone, fine := newWaves(rng, c.w, c.h, 40), newWaves(rng, c.w, c.h, 2.5)
	period := 7 + 3*rng.Float64()
	base := []colour{{90, 100, 140}, {150, 140, 120}, {120, 60, 60}}[rng.IntN(3)]
	c.fill(func(x, y float64) colour {
		a, b := math.Sin(2*math.Pi*x/period), math.Sin(2*math.Pi*y/period)
		f := 1 + 0.14*a*b + 0.06*a + 0.04*tone.at(x, y) + 0.05*fine.at(x, y)
		return base.times(f)
	})
}

func clouds(c *canvas, rng *rand.Rand) {
	var octaves [6]*waves
	cell := 128.0
	for i := range octaves {
		octaves[i] = newWaves(rng, c.w, c.h, cell)
		cell /= 2
	}
	hue := newWaves(rng, c.w, c.h, 70)
	c.fill(func(x, y float64) colour {
		s, a := 0.0, 22.0
		for _, o := range octaves {
			s += a * o.at(x, y)
			a *= 0.6
		}
		u := 12 * hue.at(x, y)
		return colour{128 + s + u, 128 + s, 128 + s - u}
	})
}

// bottle is smooth: a dark shape of glass on a bright ground, with a cap and a label without print.
func bottle(c *canvas, rng *rand.Rand) {
	slow := newWaves(rng, c.w, c.h, 150)
	c.fill(func(x, y float64) colour {
		return colour{205, 208, 212}.times(1 + 0.02*slow.at(x, y) + 0.1*(y/float64(c.h)-0.5))
	})
	cx := float64(c.w)/2 + 20*(rng.Float64()-0.5)
	r := float64(c.w) * (0.15 + 0.04*rng.Float64())
	top := float64(c.h) * 0.3
	glass := []colour{{50, 95, 60}, {110, 70, 35}, {90, 120, 150}}[rng.IntN(3)]
	for y := range c.h {
		half := r
		t := (float64(y) - top) / (float64(c.h) * 0.12)
		if t < 1 {
			s := max(t, 0)
			half = r * (0.3 + 0.7*s*s*(3-2*s))
		}
		if float64(y) < top*0.75 {
			continue
		}
		for x := int(cx - half - 1); x <= int(cx+half+1); x++ {
			u := (float64(x) - cx) / half
			shade := 0.75 + 0.5*math.Exp(-8*(u+0.4)*(u+0.4)) - 0.3*u*u
			c.set(x, y, glass.times(shade), min(max(half-math.Abs(float64(x)-cx)+0.5, 0), 1))
		}
	}
	c.rect(image.Rect(int(cx-r*0.36), int(top*0.55), int(cx+r*0.36), int(top*0.8)), colour{190, 40, 40})
	c.rect(image.Rect(int(cx-r*0.95), int(float64(c.h)*0.55), int(cx+r*0.95), int(float64(c.h)*0.72)), colour{230, 225, 205})
}
