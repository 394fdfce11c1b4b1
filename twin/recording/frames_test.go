package recording

import (
	"errors"
	"io"
	"testing"
	"time"
)

func TestFramesAreReadBackAsTheyWereRecorded(t *testing.T) {
	write := func(text string) func(io.Writer) error {
		return func(out io.Writer) error { _, err := io.WriteString(out, text); return err }
	}
	at := 1500*time.Millisecond + 7
	path := recordFile(t, line(), func(w *Writer) {
		w.Frame(at, "/top/color", "top", "png", write("colour"))
		w.Frame(at, "/top/depth", "top", "png", write("depth"))
		w.Frame(2*time.Second, "/eye/color", "eye", "jpeg", write(""))
	}, canonical(shortLog()))
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []Frame
	var data []string
	if err := r.EachFrame(func(f Frame) error {
		data = append(data, string(f.Data))
		f.Data = nil
		got = append(got, f)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []Frame{
		{Exposed: at, Camera: "top", Format: "png"},
		{Exposed: at, Camera: "top", Depth: true, Format: "png"},
		{Exposed: 2 * time.Second, Camera: "eye", Format: "jpeg"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d frames, not %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i].Exposed != want[i].Exposed || got[i].Camera != want[i].Camera || got[i].Depth != want[i].Depth || got[i].Format != want[i].Format {
			t.Errorf("frame %d: %+v; want %+v", i, got[i], want[i])
		}
	}
	if data[0] != "colour" || data[1] != "depth" || data[2] != "" {
		t.Errorf("pictures: %q", data)
	}

	enough := errors.New("enough")
	n := 0
	if err := r.EachFrame(func(Frame) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("after %d frames: %v; want to be stopped after one", n, err)
	}
}

func FuzzImage(f *testing.F) {
	f.Add(appendImage(nil, 1500*time.Millisecond, "top", "png", []byte("colour")))
	f.Add([]byte{0x0a, 0x02, 0x08, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseImage(b)
		if err == nil && len(m.Data) > len(b) {
			t.Errorf("%d bytes of a picture in a message of %d", len(m.Data), len(b))
		}
	})
}
