//go:build egl && cgo

// Package egl draws the same scenes as package render with OpenGL 3.3 through EGL without
// a display, on whatever Mesa offers: llvmpipe on a machine without a GPU. It is the
// peer that render.Raster is measured against, is built with the tag egl only, and draws
// neither smooth borders nor blur.
//
//	go test -tags egl -bench Peer ./sim/render/internal/egl
package egl

/*
#cgo LDFLAGS: -lEGL -lOpenGL
#include "egl.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"linetwin.dev/sim/render"
)

// Renderer keeps a context that is bound to one OS thread: use it from the goroutine
// that made it.
type Renderer struct {
	peer   C.peer
	meshes map[*render.Mesh]C.GLuint
	tex    map[*render.Texture]C.GLuint
}

var _ render.Renderer = (*Renderer)(nil)

// New makes a context for images of w x h pixels.
func New(w, h int) (*Renderer, error) {
	runtime.LockOSThread()
	r := &Renderer{meshes: map[*render.Mesh]C.GLuint{}, tex: map[*render.Texture]C.GLuint{}}
	if msg := C.peer_open(&r.peer, C.int(w), C.int(h)); msg != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("egl: %s", C.GoString(msg))
	}
	return r, nil
}

// Name of the device that draws.
func (r *Renderer) Name() string { return C.GoString(C.peer_name()) }

// Close gives the context back.
func (r *Renderer) Close() {
	C.peer_close(&r.peer)
	runtime.UnlockOSThread()
}

// Render draws the scene and reads it back.
func (r *Renderer) Render(s *render.Scene, c render.Camera, t *render.Target) error {
	if t.Reflectance || t.Inverse != nil || c.Delay != nil {
		return errors.New("egl: the peer draws colour and depth of one instant only")
	}
	to := c.Pose.Inverse()
	C.peer_begin(&r.peer, C.float(c.FX), C.float(c.FY), C.float(c.CX), C.float(c.CY))
	for i := range s.Items {
		it := &s.Items[i]
		verts, groups := it.Mesh.Data()
		buf, ok := r.meshes[it.Mesh]
		if !ok {
			data := make([]float32, 0, 8*len(verts))
			for _, v := range verts {
				data = append(data, float32(v.P[0]), float32(v.P[1]), float32(v.P[2]),
					float32(v.N[0]), float32(v.N[1]), float32(v.N[2]), float32(v.U), float32(v.V))
			}
			var index []uint32
			for _, g := range groups {
				index = append(index, g.Index...)
			}
			buf = C.peer_mesh((*C.float)(unsafe.Pointer(&data[0])), C.int(len(data)), (*C.uint)(unsafe.Pointer(&index[0])), C.int(len(index)))
			r.meshes[it.Mesh] = buf
		}
		m := to.Mul(it.Pose)
		var p C.pose
		for k := range 9 {
			p.r[k], p.n[k] = C.float(m.R[k]), C.float(it.Pose.R[k])
		}
		for k := range 3 {
			p.t[k], p.lamp[k] = C.float(m.P[k]), C.float(s.Light.Toward[k])
		}
		p.ambient, p.power = C.float(s.Light.Ambient), C.float(s.Light.Lamp)
		p.uv[0], p.uv[1] = C.float(it.UV[0]), C.float(it.UV[1])
		first := 0
		for _, g := range groups {
			mat := it.Materials[g.Slot]
			var tex C.GLuint
			if mat.Texture != nil {
				if tex, ok = r.tex[mat.Texture]; !ok {
					w, h, pix, repeat := mat.Texture.Pixels()
					wrap := C.int(0)
					if repeat {
						wrap = 1
					}
					tex = C.peer_texture(C.int(w), C.int(h), unsafe.Pointer(&pix[0]), wrap)
					r.tex[mat.Texture] = tex
				}
			}
			C.peer_draw(&r.peer, &p, buf, C.int(first), C.int(len(g.Index)), tex,
				C.float(mat.Color.R)/255, C.float(mat.Color.G)/255, C.float(mat.Color.B)/255)
			first += len(g.Index)
		}
	}
	var depth unsafe.Pointer
	if t.Depth != nil {
		depth = unsafe.Pointer(&t.Depth[0])
	}
	C.peer_read(&r.peer, unsafe.Pointer(&t.Color[0]), depth)
	if t.Finish != nil {
		t.Finish(0, t.H)
	}
	return nil
}
