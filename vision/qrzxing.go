package vision

import (
	"fmt"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode/detector"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// zxingDecoder is the QR decoder of gozxing, a port of ZXing in Go. A panic of
// the library comes out as an error.
type zxingDecoder struct{}

var _ QRDecoder = zxingDecoder{}

var tryHarder = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}

// minQRSide is the fewest pixels that a version 1 code can be read in; the
// library's binarizer needs a few blocks, too.
const minQRSide = 21

// DecodeQR reads the most likely code; where that fails and more than one code is
// wanted, it tries the combinations of finder patterns.
func (zxingDecoder) DecodeQR(g Gray, limit int) (codes []Code, err error) {
	if !g.Valid() || g.W < minQRSide || g.H < minQRSide {
		return nil, ErrNoCode
	}
	defer func() {
		if p := recover(); p != nil {
			codes, err = nil, fmt.Errorf("the QR library gave up on an image of %dx%d: %v", g.W, g.H, p)
		}
	}()
	g = g.packed()
	src, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.W, g.H, 0, 0, g.W, g.H, false)
	if err != nil {
		return nil, fmt.Errorf("the QR library refuses an image of %dx%d: %w", g.W, g.H, err)
	}
	bits, err := gozxing.NewHybridBinarizer(src).GetBlackMatrix()
	if err != nil {
		return nil, ErrNoCode
	}
	if found, err := detector.NewDetector(bits).Detect(tryHarder); err == nil {
		if c, err := decodeGrid(found); err == nil {
			return []Code{c}, nil
		}
	}
	if limit < 2 {
		return nil, ErrNoCode
	}
	all, err := multi.NewMultiDetector(bits).DetectMulti(tryHarder)
	if err != nil {
		return nil, ErrNoCode
	}
	for _, found := range all {
		if c, err := decodeGrid(found); err == nil && len(codes) < limit && !slices.ContainsFunc(codes, c.overlaps) {
			codes = append(codes, c)
		}
	}
	if len(codes) == 0 {
		return nil, ErrNoCode
	}
	return codes, nil
}

// overlaps tells whether the middle of one code lies inside another.
func (c Code) overlaps(o Code) bool {
	var x, y float64
	for _, p := range c.Corners {
		x, y = x+p.X/4, y+p.Y/4
	}
	return insideQuad(o.Corners, x, y)
}

// decodeGrid corrects and decodes the sampled modules.
func decodeGrid(found *common.DetectorResult) (Code, error) {
	modules := found.GetBits().GetWidth()
	res, err := decoder.NewDecoder().Decode(found.GetBits(), tryHarder)
	if err != nil {
		return Code{}, err
	}
	points := found.GetPoints()
	if meta, ok := res.GetOther().(*decoder.QRCodeDecoderMetaData); ok {
		meta.ApplyMirroredCorrection(points)
	}
	return Code{Text: res.GetText(), Corners: qrCorners(points, modules)}, nil
}

// qrCorners extrapolates from the centres of the finder patterns (bottom left,
// top left, top right) and, where there is one, of the last alignment pattern, to
// the corners of the code.
func qrCorners(p []gozxing.ResultPoint, modules int) [4]Point {
	// The library puts the centre of pixel 0 at 0.5.
	at := func(i int) Point { return Point{p[i].GetX() - 0.5, p[i].GetY() - 0.5} }
	n := float64(modules)
	bl, tl, tr := at(0), at(1), at(2)
	lo, hi, in := 3.5, n-3.5, n-3.5
	br := Point{tr.X + bl.X - tl.X, tr.Y + bl.Y - tl.Y}
	if len(p) > 3 {
		br, in = at(3), n-6.5
	}
	h, ok := HomographyOf(
		[4]Point{{lo, lo}, {hi, lo}, {in, in}, {lo, hi}},
		[4]Point{tl, tr, br, bl},
	)
	if !ok {
		return [4]Point{tl, tr, br, bl}
	}
	return [4]Point{
		h.Apply(Point{0, 0}), h.Apply(Point{n, 0}), h.Apply(Point{n, n}), h.Apply(Point{0, n}),
	}
}
