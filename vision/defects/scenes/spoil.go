package scenes

import (
	"image"
	"math"
	"math/rand/v2"
)

// spoil gives a canvas with a defect where each view sees it.
func spoil(good *canvas, base, defect string, parts []part, drawn uint64, rng *rand.Rand) *canvas {
	safe := image.Rect(0, 0, good.w, good.h).Inset(margin + min(good.w-2*margin, good.h-2*margin)/6)
	redraw := func(ch change) *canvas {
		c := newCanvas(good.w, good.h)
		draw(c, base, rand.New(rand.NewPCG(drawn, 1)), ch)
		return c
	}
	pick := func(track bool) int {
		var fit []int
		for i, p := range parts {
			if p.track == track && p.box.In(safe.Inset(-30)) && p.box.Overlaps(safe) {
				fit = append(fit, i+1)
			}
		}
		if len(fit) == 0 {
			return 0
		}
		return fit[rng.IntN(len(fit))]
	}
	switch defect {
	case "missing", "wrong", "cut":
		// Some parts lie below others: what does not show is no defect.
		for range 20 {
			ch := change{skip: pick(defect == "cut")}
			if defect == "wrong" {
				ch = change{wrong: ch.skip}
			}
			c := redraw(ch)
			n := 0
			for _, d := range difference(good, c) {
				if d {
					n++
				}
			}
			if n > 20 {
				return c
			}
		}
	}
	c := good.clone()
	x, y := float64(safe.Min.X+rng.IntN(safe.Dx())), float64(safe.Min.Y+rng.IntN(safe.Dy()))
	under := c.get(int(x), int(y))
	sign := func() float64 {
		if luma := under[1]; luma > 150 {
			return -1
		} else if luma < 90 {
			return 1
		}
		return float64(2*rng.IntN(2) - 1)
	}
	shift := func(by float64) colour { return colour{under[0] + by, under[1] + by, under[2] + by} }
	angle := rng.Float64() * math.Pi
	switch defect {
	case "extra":
		w, h := 10+rng.IntN(30), 8+rng.IntN(24)
		k := shift(sign() * (50 + 60*rng.Float64()))
		r := image.Rect(int(x), int(y), int(x)+w, int(y)+h)
		c.rect(r, k)
		c.rect(r.Inset(3), k.times(0.8))
	case "scratch":
		k := shift(sign() * (50 + 60*rng.Float64()))
		l, width := 15+rng.Float64()*70, 1.2+1.6*rng.Float64()
		px, py, a := x-l/2*math.Cos(angle), y-l/2*math.Sin(angle), angle
		for range 6 {
			qx, qy := px+l/6*math.Cos(a), py+l/6*math.Sin(a)
			c.line(px, py, qx, qy, width, k, 0.9)
			px, py, a = qx, qy, a+0.2*rng.NormFloat64()
		}
	case "dark spot", "bright spot":
		a, b := 2.5+8*rng.Float64(), 2.5+8*rng.Float64()
		k := under.times(0.45)
		if defect == "bright spot" {
			k = colour{255, 255, 255}
			if min(under[0], under[1], under[2]) > 180 {
				k = under.times(0.3) // on white nothing is brighter
			}
		}
		c.blob(x, y, a, b, angle, k, 0.85, 1.5)
	case "dust":
		r := 1.3 + 1.2*rng.Float64()
		c.blob(x, y, r, r*(0.7+0.3*rng.Float64()), angle, shift(sign()*(70+60*rng.Float64())), 1, 1)
	case "stain":
		a, b := 15+30*rng.Float64(), 12+25*rng.Float64()
		edge := newWaves(rng, c.w, c.h, 14)
		k := 0.72 + 0.1*rng.Float64()
		c.soak(x, y, max(a, b)*1.5, func(px, py float64) float64 {
			sin, cos := math.Sincos(angle)
			u, v := (px-x)*cos+(py-y)*sin, (py-y)*cos-(px-x)*sin
			d := math.Hypot(u/a, v/b) - 1 + 0.12*edge.at(px, py)
			return min(max(0.5-d*4, 0), 1)
		}, colour{k, k * 0.98, k * 0.93})
	case "tint":
		a := 8 + 20*rng.Float64()
		k := []colour{{1.25, 0.9, 0.85}, {0.8, 1.05, 1.25}, {1.2, 1.1, 0.6}}[rng.IntN(3)]
		c.soak(x, y, a+3, func(px, py float64) float64 { return min(max(a-math.Hypot(px-x, py-y)+0.5, 0), 1) }, k)
	case "smear":
		a := 12 + 18*rng.Float64()
		soft := good.blurred(4)
		c.mix(soft, x, y, a)
	case "hole":
		a := 4 + 8*rng.Float64()
		c.disc(x, y, a, colour{12, 12, 14})
		c.blob(x, y, a+1.5, a+1.5, 0, under.times(1.2), 0.2, 1)
		c.disc(x, y, a, colour{12, 12, 14})
	case "large":
		w, h := float64(good.w-2*margin), float64(good.h-2*margin)
		share := 0.18 + 0.15*rng.Float64()
		half := math.Sqrt(share*w*h) / 2
		cx, cy := float64(good.w)/2+(rng.Float64()-0.5)*w*0.2, float64(good.h)/2+(rng.Float64()-0.5)*h*0.1
		k := colour{60 + 150*rng.Float64(), 60 + 150*rng.Float64(), 60 + 150*rng.Float64()}
		f := newWaves(rng, c.w, c.h, 9)
		for py := int(cy - half*0.85); py < int(cy+half*0.85); py++ {
			for px := int(cx - half*1.15); px < int(cx+half*1.15); px++ {
				c.set(px, py, k.times(1+0.06*f.at(float64(px), float64(py))), 1)
			}
		}
	}
	return c
}

// soak multiplies colours where a share says so.
func (c *canvas) soak(x, y, reach float64, share func(x, y float64) float64, k colour) {
	for py := int(y - reach); py <= int(y+reach); py++ {
		for px := int(x - reach); px <= int(x+reach); px++ {
			p, s := c.get(px, py), share(float64(px), float64(py))
			c.set(px, py, colour{p[0] * k[0], p[1] * k[1], p[2] * k[2]}, s)
		}
	}
}

// mix puts another canvas in within a circle.
func (c *canvas) mix(o *canvas, x, y, radius float64) {
	for py := int(y - radius); py <= int(y+radius); py++ {
		for px := int(x - radius); px <= int(x+radius); px++ {
			c.set(px, py, o.get(px, py), min(max(radius-math.Hypot(float64(px)-x, float64(py)-y), 0), 1))
		}
	}
}
