package device

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"linetwin.dev/kinematics"
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
	path := []string{"inspections", inspection}
	cfg, err := inspectorConfig(s, dir, spec, Nominal(s, spec.Camera))
	if err != nil {
		return nil, err
	}
	for _, n := range specs.Names(spec.Templates) {
		t := vision.StationTemplate{Name: n, Spec: spec.Templates[n]}
		if t.Picture, err = vision.LoadPicture(mistake.Short(filePath(dir, t.Spec.File))); err != nil {
			return nil, &FieldError{under(path, "templates", n, "file"), err}
		}
		cfg.Templates = append(cfg.Templates, t)
	}
	if r := spec.Relief; r != nil {
		if cfg.Relief, err = capture.Load(mistake.Short(filePath(dir, r.File))); err != nil {
			return nil, &FieldError{under(path, "relief", "file"), err}
		}
	}
	look, err := newInspector(cfg, path, path)
	if err != nil {
		return nil, err
	}
	if err := inRange(s, spec, cfg.Nominal); err != nil {
		return nil, err
	}
	return look, nil
}

// NewViewInspectors makes what judges the frames of a station's view, for a part that the belt has
// carried by each of some distances from nominal, the place that it has when the station's own camera
// sees it, with the side that the view sees for its front. Errors are of type *FieldError.
func NewViewInspectors(s *specs.Scenario, dir, inspection, view string, nominal kinematics.Pose, along []float64) ([]*vision.Inspector, error) {
	spec := s.Inspections[inspection]
	spec.Camera, spec.Templates, spec.Relief, spec.QR.Regions = view, nil, nil, nil // those of the station's own camera
	path := []string{"inspections", inspection}
	cfg, err := inspectorConfig(s, dir, spec, nominal)
	if err != nil {
		return nil, err
	}
	all := make([]*vision.Inspector, len(along))
	for i, x := range along {
		cfg.Nominal = kinematics.Translation(x, 0, 0).Mul(nominal)
		if all[i], err = newInspector(cfg, path, under(path, "views", view)); err != nil {
			return nil, err
		}
	}
	if err := inRange(s, spec, nominal); err != nil {
		return nil, err
	}
	return all, nil
}

func under(path []string, field ...string) []string { return slices.Concat(path, field) }

// inspectorConfig is that of a station, or of a view of it, without what only a station's own camera has.
func inspectorConfig(s *specs.Scenario, dir string, spec specs.Inspection, nominal kinematics.Pose) (cfg vision.InspectorConfig, err error) {
	product, camera := s.Products[spec.Product], s.Cameras[spec.Camera]
	cfg = vision.InspectorConfig{
		Product: product, Inspection: spec, K: Intrinsics(camera),
		DepthK: DepthIntrinsics(camera), DepthInColor: DepthInColor(camera),
		Camera: Pose(camera.Pose), Nominal: nominal,
	}
	if cfg.Artwork, err = vision.LoadImage(mistake.Short(filePath(dir, product.Label.Artwork))); err != nil {
		return cfg, &FieldError{artworkOf(spec.Product), err}
	}
	return cfg, nil
}

func artworkOf(product string) []string { return []string{"products", product, "label", "artwork"} }

// newInspector gives what is wrong with a setting the place of that, under station, and all else that of whole.
func newInspector(cfg vision.InspectorConfig, station, whole []string) (*vision.Inspector, error) {
	look, err := vision.NewInspector(cfg)
	var setting *vision.SettingError
	switch {
	case err == nil:
		return look, nil
	case !errors.As(err, &setting):
		return nil, &FieldError{whole, err}
	case setting.Field[0] == vision.ArtworkField:
		return nil, &FieldError{artworkOf(cfg.Inspection.Product), setting.Err}
	}
	return nil, &FieldError{under(station, setting.Field...), setting.Err}
}

// inRange checks that the camera gives depth on all of a bottle's front face.
func inRange(s *specs.Scenario, spec specs.Inspection, nominal kinematics.Pose) error {
	c, p := s.Cameras[spec.Camera], s.Products[spec.Product]
	mode, k := c.Mode(), DepthIntrinsics(c)
	toCamera := Pose(c.Pose).Mul(DepthInColor(c)).Inverse().Mul(nominal)
	nearest, farthest, inside := math.Inf(1), math.Inf(-1), true
	for _, x := range [2]float64{-0.5, 0.5} {
		for _, z := range [2]float64{0, 1} {
			at := toCamera.Apply([3]float64{x * float64(p.Body.Width), -float64(p.Body.Depth) / 2, z * float64(p.Body.Height)})
			nearest, farthest = min(nearest, at[2]), max(farthest, at[2])
			u, ok := k.Project(at[0], at[1], at[2])
			inside = inside && ok && u.X >= 0 && u.Y >= 0 && u.X <= float64(k.W-1) && u.Y <= float64(k.H-1)
		}
	}
	field := []string{"cameras", spec.Camera, "depthMode"}
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
