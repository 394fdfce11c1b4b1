package render

import (
	"fmt"

	"linetwin.dev/kinematics"
)

// Renderer draws a scene as a camera sees it.
//
// Render fills the target; it must not be called twice at the same time on one
// Renderer. It gives the same pixels for the same arguments, always. The error says
// which argument is wrong; a scene in which nothing is visible is not an error.
type Renderer interface {
	Render(*Scene, Camera, *Target) error
}

// Camera is a pinhole: a point (X, Y, Z) in its frame (x to the image's right, y
// down, z forward, metres) appears at u = FX X/Z + CX, v = FY Y/Z + CY. The centre of
// the top left pixel is (0, 0).
type Camera struct {
	W, H           int
	FX, FY, CX, CY float64
	// Pose of the camera in the scene's frame.
	Pose kinematics.Pose
	// Velocity of the camera in the scene's frame, m/s, and how long its shutter is open
	// around the instant that the scene shows, s. What moves by up to 1.5 px meanwhile is
	// blurred along its way; for longer ways take the mean of several shorter exposures.
	Velocity [3]float64
	Exposure float64
	// Delay is how long after the instant that the scene shows the direction (x, y, 1) of
	// the camera's frame is exposed, s: rows are exposed one after the other in a rolling
	// shutter. Nil: all at that instant. Corners of what moves are where they are at their own
	// time, and edges between them are straight.
	Delay func(x, y float64) float64
	// Near is the distance in metres before which nothing is seen; 0 means 0.01.
	Near float64
}

// Scene is what there is to see. It is only read by a Renderer, and must not change
// while it is rendered.
type Scene struct {
	Items []Item
	Light Light
	// Sky is the colour where there is nothing; its depth is 0.
	Sky RGB
}

// Item is a mesh in its place.
type Item struct {
	Mesh *Mesh
	Pose kinematics.Pose
	// Materials by the slots of the mesh's groups.
	Materials []*Material
	// Velocity of the item's surface in the scene's frame, m/s.
	Velocity [3]float64
	// UV is added to the texture coordinates: a belt that runs is a texture that moves. Slide
	// is the change of UV in a second: where it is not 0 the item keeps its place, and Velocity
	// is that of its surface along itself.
	UV, Slide [2]float64
}

// Light is one distant lamp and the light that comes from all around.
type Light struct {
	// Toward is the direction to the lamp, in the scene's frame, of unit length.
	Toward [3]float64
	// Lamp and Ambient are the parts of a surface's colour that each of them gives
	// back. Ambient light is strongest from above (+z).
	Lamp, Ambient float64
}

// RGB is a colour of the image, 8 bits a channel.
type RGB struct{ R, G, B uint8 }

// Material is how a surface looks. It must not change while it is in use.
type Material struct {
	Color RGB
	// Texture is used instead of Color when it is not nil.
	Texture *Texture
	// Gloss is the strength of the lamp's reflection, and Shine its exponent.
	Gloss, Shine float64
}

// Target is what a Renderer fills. The buffers are the caller's and are reused.
type Target struct {
	W, H int
	// Color is RGB, rows from the top: 3 W H bytes.
	Color []byte
	// Depth along the optical axis in millimetres, 0 where there is none: W H
	// values. Nil: no depth is wanted.
	Depth []float32
	// Inverse is 1/depth in 1/m, 0 where there is none: W H values. Nil: it is not wanted.
	Inverse []float32
	// Facing is how far the plane of what is seen is from the camera, m, with Reflectance: a ray
	// (x, y, 1) meets it at an angle to its normal whose cosine is Facing over the length of
	// the ray. W H values. Nil: it is not wanted.
	Facing []float32
	// Reflectance asks for what surfaces are, instead of how they look in the scene's light:
	// Color then holds the share of light that they give back (the mean of the channels, green
	// counted twice), their Gloss, each in 1/255, and their Shine, at most 255. Borders are
	// not smoothed then, and nothing is blurred.
	Reflectance bool
	// Finish, if not nil, is called for rows y0 <= y < y1 once they are final, from
	// any goroutine, for several ranges at the same time; every row is in one range.
	Finish func(y0, y1 int)
}

func (t *Target) check(c *Camera) error {
	switch {
	case c.W < 1 || c.H < 1 || c.W > maxSide || c.H > maxSide:
		return fmt.Errorf("render: camera of %dx%d pixels; each side must be 1 to %d", c.W, c.H, maxSide)
	case !(c.FX > 0) || !(c.FY > 0):
		return fmt.Errorf("render: camera with focal lengths %g, %g px; both must be above 0", c.FX, c.FY)
	case t.W != c.W || t.H != c.H:
		return fmt.Errorf("render: target of %dx%d pixels for a camera of %dx%d", t.W, t.H, c.W, c.H)
	case len(t.Color) != 3*t.W*t.H:
		return fmt.Errorf("render: target with %d bytes of colour; %dx%d pixels need %d", len(t.Color), t.W, t.H, 3*t.W*t.H)
	case t.Depth != nil && len(t.Depth) != t.W*t.H:
		return fmt.Errorf("render: target with %d depths; %dx%d pixels need %d, or nil for none", len(t.Depth), t.W, t.H, t.W*t.H)
	case t.Facing != nil && (len(t.Facing) != t.W*t.H || !t.Reflectance):
		return fmt.Errorf("render: target with %d values of Facing; %dx%d pixels with reflectance have %d", len(t.Facing), t.W, t.H, t.W*t.H)
	case t.Inverse != nil && len(t.Inverse) != t.W*t.H:
		return fmt.Errorf("render: target with %d inverse depths; %dx%d pixels need %d, or nil for none", len(t.Inverse), t.W, t.H, t.W*t.H)
	}
	return nil
}

// maxSide keeps texture coordinates and spans within what their types can hold.
const maxSide = 8192
