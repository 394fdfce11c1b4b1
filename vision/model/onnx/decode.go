package onnx

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"linetwin.dev/vision/model"
)

// decode makes an answer of what a network gave: numbers of a shape. f tells where the
// picture, of w x h pixels, was in the input.
func decode(s *model.Spec, shape []int, v []float32, f fit, w, h int) (model.Answer, error) {
	n := 1
	for _, d := range shape {
		if d < 1 || n > len(v)/d {
			return model.Answer{}, fmt.Errorf("the network gives %v, which is no output of format %s", shape, s.Output.Format)
		}
		n *= d
	}
	v = v[:n]
	var boxes []model.Box
	var err error
	switch s.Output.Format {
	case "classes":
		return classes(s, v)
	case "yolov5":
		boxes, err = yolo(s, shape, v, true)
	case "yolov8":
		boxes, err = yolo(s, shape, v, false)
	case "ssd":
		boxes, err = ssd(s, shape, v)
	default:
		err = fmt.Errorf("there is no output format %q", s.Output.Format)
	}
	if err != nil {
		return model.Answer{}, err
	}
	boxes = suppress(boxes, s.Output.Overlap)
	for i := range boxes {
		boxes[i] = f.back(boxes[i], w, h)
	}
	boxes = slices.DeleteFunc(boxes, func(b model.Box) bool { return b.Width == 0 || b.Height == 0 })
	return model.Answer{Boxes: boxes}, nil
}

// name is the label of a class.
func name(s *model.Spec, class int) string {
	if class < len(s.Labels) {
		return s.Labels[class]
	}
	return fmt.Sprint(class)
}

// classes takes one number for each label.
func classes(s *model.Spec, v []float32) (model.Answer, error) {
	if len(s.Labels) > 0 && len(v) != len(s.Labels) {
		return model.Answer{}, fmt.Errorf("the network gives %d numbers, and its description has %d labels", len(v), len(s.Labels))
	}
	scores := make([]float64, len(v))
	most, sum := math.Inf(-1), 0.0
	for i, x := range v {
		scores[i] = float64(x)
		if math.IsNaN(scores[i]) || math.IsInf(scores[i], 0) {
			return model.Answer{}, fmt.Errorf("the network gives %g for %s", x, name(s, i))
		}
		most = max(most, scores[i])
	}
	if s.Output.Softmax {
		for i := range scores {
			scores[i] = math.Exp(scores[i] - most)
			sum += scores[i]
		}
		for i := range scores {
			scores[i] /= sum
		}
	}
	labels := make([]model.Label, len(v))
	for i, p := range scores {
		const slack = 1e-4 // what rounding leaves beyond 0 and 1
		if p < -slack || p > 1+slack {
			return model.Answer{}, fmt.Errorf("the network gives %g for %s, which is no probability; write \"softmax\": true in output if it gives logits", p, name(s, i))
		}
		labels[i] = model.Label{Label: name(s, i), Score: clamp(p, 1)}
	}
	slices.SortStableFunc(labels, func(a, b model.Label) int { return cmp.Compare(b.Score, a.Score) })
	return model.Answer{Labels: labels[:min(len(labels), s.Output.Top)]}, nil
}

// yolo takes candidates of x, y, w, h about the middle and a score for each class; with
// objectness, one more number before the classes by which they are multiplied, and
// candidates in rows, [1, N, 5+C]; without, in columns, [1, 4+C, N].
func yolo(s *model.Spec, shape []int, v []float32, objectness bool) ([]model.Box, error) {
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) != 2 {
		return nil, fmt.Errorf("the network gives %v; %s gives one matrix", shape, s.Output.Format)
	}
	head, count, per := 4, shape[1], shape[0]
	at := func(i, k int) float64 { return float64(v[k*count+i]) }
	if objectness {
		head, count, per = 5, shape[0], shape[1]
		at = func(i, k int) float64 { return float64(v[i*per+k]) }
	}
	if per <= head || len(s.Labels) > 0 && per-head != len(s.Labels) {
		return nil, fmt.Errorf("the network gives %d numbers for each box; %s with %d labels gives %d", per, s.Output.Format, len(s.Labels), head+len(s.Labels))
	}
	var boxes []model.Box
	for i := range count {
		best, class := 0.0, 0
		for k := head; k < per; k++ {
			if p := at(i, k); p > best {
				best, class = p, k-head
			}
		}
		if objectness {
			best *= at(i, 4)
		}
		x, y, w, h := at(i, 0), at(i, 1), at(i, 2), at(i, 3)
		if !(best >= s.Output.MinScore) || !(w > 0 && h > 0) || math.IsInf(w+h, 0) || math.IsNaN(x+y) || math.IsInf(x+y, 0) {
			continue
		}
		boxes = append(boxes, model.Box{Label: name(s, class), Score: min(best, 1), X: x - w/2, Y: y - h/2, Width: w, Height: h})
	}
	return boxes, nil
}

// ssd takes rows of image, class, score, x0, y0, x1, y1, the corners in parts of the
// input: [1, 1, N, 7].
func ssd(s *model.Spec, shape []int, v []float32) ([]model.Box, error) {
	const per = 7
	if shape[len(shape)-1] != per {
		return nil, fmt.Errorf("the network gives %v; ssd gives rows of 7 numbers", shape)
	}
	var boxes []model.Box
	for row := range slices.Chunk(v, per) {
		score, class := float64(row[2]), float64(row[1])
		x0, y0 := float64(row[3])*float64(s.Input.Width), float64(row[4])*float64(s.Input.Height)
		x1, y1 := float64(row[5])*float64(s.Input.Width), float64(row[6])*float64(s.Input.Height)
		if row[0] < 0 { // the rest is empty
			break
		}
		if !(score >= s.Output.MinScore) || !(class >= 0 && class < 1e6) || !(x1 > x0 && y1 > y0) || math.IsInf(x1-x0, 0) || math.IsInf(y1-y0, 0) {
			continue
		}
		boxes = append(boxes, model.Box{Label: name(s, int(class)), Score: min(score, 1), X: x0, Y: y0, Width: x1 - x0, Height: y1 - y0})
	}
	return boxes, nil
}

// mostBoxes are looked at for overlap: the surest.
const mostBoxes = 1000

// suppress leaves out boxes that overlap a surer one of the same label.
func suppress(boxes []model.Box, overlap float64) []model.Box {
	slices.SortStableFunc(boxes, func(a, b model.Box) int { return cmp.Compare(b.Score, a.Score) })
	var kept []model.Box
	for _, b := range boxes[:min(len(boxes), mostBoxes)] {
		if !slices.ContainsFunc(kept, func(k model.Box) bool { return k.Label == b.Label && iou(k, b) > overlap }) {
			kept = append(kept, b)
		}
	}
	return kept
}

// iou is the intersection of two boxes over their union.
func iou(a, b model.Box) float64 {
	w := min(a.X+a.Width, b.X+b.Width) - max(a.X, b.X)
	h := min(a.Y+a.Height, b.Y+b.Height) - max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (a.Width*a.Height + b.Width*b.Height - w*h)
}
