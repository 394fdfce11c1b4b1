package device

import (
	"errors"
	"fmt"
	"math"

	"linetwin.dev/specs"
	"linetwin.dev/specs/mistake"
	"linetwin.dev/vision"
	"linetwin.dev/vision/capture"
)

// FieldError is an error that a field of the specification is to blame for.
type FieldError struct {
	Path []string // of the field, as in inspections, inspect, relief, file
	Err  error    // says what is wrong, without the path
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %v", mistake.Show(e.Path), e.Err) }

func (e *FieldError) Unwrap() error { return e.Err }

// NewInspector makes what judges the frames of an inspection station, with the artwork, templates
// and captures that the specification names: files in dir, the scenario's folder, or with absolute
// paths. Errors are of type *FieldError, as far as one field is to blame.
func NewInspector(s *specs.Scenario, dir, inspection string) (*vision.Inspector, error) {
	spec := s.Inspections[inspection]
	product, camera := s.Products[spec.Product], s.Cameras[spec.Camera]
	file := func(name string) string { return mistake.Short(filePath(dir, name)) }
	path := func(field ...string) []string { return append([]string{"inspections", inspection}, field...) }
	artwork := []string{"products", spec.Product, "label", "artwork"}
	cfg := vision.InspectorConfig{
		Product: product, Inspection: spec, K: Intrinsics(camera),
		DepthK: DepthIntrinsics(camera), DepthInColor: DepthInColor(camera),
		Camera: Pose(camera.Pose), Nominal: Nominal(s, spec.Camera),
	}
	var err error
	if cfg.Artwork, err = vision.LoadImage(file(product.Label.Artwork)); err != nil {
		return nil, &FieldError{artwork, err}
	}
	for _, n := range specs.Names(spec.Templates) {
		t := vision.StationTemplate{Name: n, Spec: spec.Templates[n]}
		if t.Picture, err = vision.LoadPicture(file(t.Spec.File)); err != nil {
			return nil, &FieldError{path("templates", n, "file"), err}
		}
		cfg.Templates = append(cfg.Templates, t)
	}
	if r := spec.Relief; r != nil {
		if cfg.Relief, err = capture.Load(file(r.File)); err != nil {
			return nil, &FieldError{path("relief", "file"), err}
		}
	}
	look, err := vision.NewInspector(cfg)
	var setting *vision.SettingError
	switch {
	case err == nil:
		return look, inRange(s, inspection)
	case !errors.As(err, &setting):
		return nil, &FieldError{path(), err}
	case setting.Field[0] == vision.ArtworkField:
		return nil, &FieldError{artwork, setting.Err}
	}
	return nil, &FieldError{path(setting.Field...), setting.Err}
}

// inRange checks that a station's camera gives depth on all of a bottle's front face.
func inRange(s *specs.Scenario, inspection string) error {
	name := s.Inspections[inspection].Camera
	c, p := s.Cameras[name], s.Products[s.Inspections[inspection].Product]
	mode, k := c.Mode(), DepthIntrinsics(c)
	toCamera := Pose(c.Pose).Mul(DepthInColor(c)).Inverse().Mul(Nominal(s, name))
	nearest, farthest, inside := math.Inf(1), math.Inf(-1), true
	for _, x := range [2]float64{-0.5, 0.5} {
		for _, z := range [2]float64{0, 1} {
			at := toCamera.Apply([3]float64{x * float64(p.Body.Width), -float64(p.Body.Depth) / 2, z * float64(p.Body.Height)})
			nearest, farthest = min(nearest, at[2]), max(farthest, at[2])
			u, ok := k.Project(at[0], at[1], at[2])
			inside = inside && ok && u.X >= 0 && u.Y >= 0 && u.X <= float64(k.W-1) && u.Y <= float64(k.H-1)
		}
	}
	field := []string{"cameras", name, "depthMode"}
	if nearest < float64(mode.Near) || farthest > float64(mode.Far) {
		return &FieldError{field, fmt.Errorf("the bottle's front face is from %v to %v before the camera, but depth mode %s gives depth from %v to %v only; move the camera, or take another mode",
			mm(nearest), mm(farthest), mode.Name, mode.Near, mode.Far)}
	}
	if !inside && mode.Name != specs.Aligned {
		return &FieldError{field, fmt.Errorf("the depth picture in mode %s does not have all of the bottle's front face; move the camera, or take a mode with a wider view",
			mode.Name)}
	}
	return nil
}

// mm is a length rounded to whole millimetres.
func mm(v float64) specs.Length { return specs.Length(math.Round(v*1e3) / 1e3) }
