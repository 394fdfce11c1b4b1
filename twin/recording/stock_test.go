package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"linetwin.dev/twin/engine"
)

// forTools is a recording of several chunks with all that tools can show, frames that
// come late among it, and how many messages it has.
func forTools(t testing.TB) (path string, messages int) {
	h := line()
	h.Components = append(h.Components, "top-2") // which is no name in protobuf
	h.Registers = append(h.Registers, Register{Name: "top-2.seq", Type: "u32", Owner: "top-2"})
	log := slices.DeleteFunc(shortLog(), func(r engine.Record) bool { return r.Kind == 200 })
	for i := range 60000 {
		at := 20*time.Millisecond + time.Duration(i)*5*time.Millisecond
		log = append(log, registers(at, engine.Sense, 0, aChange(0, 0, math.Float64bits(at.Seconds()*0.5))))
		if i%1000 == 0 {
			log = append(log, registers(at, engine.Sense, 3, aChange(8, 0, uint64(i))))
		}
	}
	frame := image.NewRGBA(image.Rect(0, 0, 4, 3))
	frame.Set(1, 1, color.RGBA{R: 200, A: 255})
	encode := func(w io.Writer) error { return png.Encode(w, frame) }
	half := len(log) / 2
	first, second := canonical(log[:half]), canonical(log[half:])
	path = recordFile(t, h, func(w *Writer) {
		for i := range 5 { // exposed before the log that is there already ends
			w.Frame(log[half-1].At+time.Duration(i-3)*40*time.Millisecond, "/top/color", "top", "png", encode)
		}
		w.Frame(0, "/top/color", "top", "png", encode)
		w.Records(second, func([]byte) {})
		w.Frame(time.Hour, "/top/color", "top", "png", encode)
	}, first)
	return path, len(log) + 7
}

func TestTheLibraryReadsARecordingByItsIndex(t *testing.T) {
	path, messages := forTools(t)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := mcap.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	info, err := r.Info()
	if err != nil {
		t.Fatal(err)
	}
	if info.Header.Library != "mcap go "+mcap.Version+"; linetwin" || int(info.Statistics.MessageCount) != messages || len(info.ChunkIndexes) < 3 {
		t.Errorf("library %q, %d messages, %d chunks", info.Header.Library, info.Statistics.MessageCount, len(info.ChunkIndexes))
	}
	schemas := map[string]string{}
	for _, ch := range info.Channels {
		schemas[ch.Topic] = info.Schemas[ch.SchemaID].Name
	}
	want := map[string]string{
		"/belt": "linetwin.belt", "/top": "linetwin.top", "/top-2": "linetwin.top_2", "/top/color": "foxglove.CompressedImage",
		"/world/truth/seen": "linetwin.device.Sight", "/world/truth/left": "linetwin.device.Part", "/world/notes": "linetwin.device.Remark",
	}
	if diff := cmp.Diff(want, schemas); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	it, err := r.Messages(mcap.InOrder(mcap.FileOrder))
	if err != nil {
		t.Fatal(err)
	}
	n, last := 0, uint64(0)
	for msg := (&mcap.Message{}); ; n++ {
		_, ch, m, err := it.NextInto(msg)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.LogTime < last {
			t.Errorf("message %d, on %s, is of %d ns, after one of %d ns", n, ch.Topic, m.LogTime, last)
		}
		last = m.LogTime
	}
	if n != messages {
		t.Errorf("%d messages of %d", n, messages)
	}
}

func TestAFrameIsAnImageThatFoxgloveShows(t *testing.T) {
	schema, err := imageSchema()
	if err != nil {
		t.Fatal(err)
	}
	m := dynamicpb.NewMessage(describe(t, schema, imageMessage))
	if err := proto.Unmarshal(appendImage(nil, 61*time.Second+250*time.Millisecond, "top", "png", []byte("abc")), m); err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"timestamp": "1970-01-01T00:01:01.250Z", "data": "YWJj", "format": "png", "frame_id": "top"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSchemasOfJSONDescribeWhatIsWritten(t *testing.T) {
	for _, c := range told {
		name, schema, err := jsonSchema(c.of)
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Type       string
			Properties map[string]struct{ Type string }
		}
		if err := json.Unmarshal(schema, &s); err != nil || s.Type != "object" {
			t.Fatalf("%s: %v, %s", name, err, schema)
		}
		whole := reflect.New(reflect.TypeOf(c.of)).Elem()
		fill(whole)
		text, err := json.Marshal(whole.Interface())
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		for k, v := range members {
			want := map[string][]string{"string": {"string"}, "float64": {"integer", "number"}, "bool": {"boolean"}, "map[string]interface {}": {"object"}}[fmt.Sprintf("%T", v)]
			if !slices.Contains(want, s.Properties[k].Type) {
				t.Errorf("%s.%s is of type %q, wanted one of %q", name, k, s.Properties[k].Type, want)
			}
		}
		if len(members) != len(s.Properties) {
			t.Errorf("%s has %d members, its schema %d", name, len(members), len(s.Properties))
		}
	}
}

// fill gives all fields a value, so that none is left out that may be.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	default:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	}
}

// tool finds the mcap program: the file or folder that LINETWIN_MCAP names, or PATH.
func tool(t *testing.T) string {
	if p := os.Getenv("LINETWIN_MCAP"); p != "" {
		if st, err := os.Stat(p); err == nil && st.IsDir() {
			p = filepath.Join(p, "mcap")
		}
		return p
	}
	p, err := exec.LookPath("mcap")
	if err != nil {
		t.Skip("the mcap program is not installed; see https://mcap.dev/guides/cli, and name it in LINETWIN_MCAP")
	}
	return p
}

func runTool(t *testing.T, args ...string) (out, messages string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

func TestTheMcapProgramFindsNothingWrong(t *testing.T) {
	program := tool(t)
	path, _ := forTools(t)
	out, messages := runTool(t, program, "doctor", "--strict-message-order", path)
	if all := out + messages; strings.Contains(strings.ToLower(all), "warning") || strings.Contains(strings.ToLower(all), "error") {
		t.Error(all)
	}
}

func TestTheMcapProgramTellsWhatIsInARecording(t *testing.T) {
	program := tool(t)
	path, messages := forTools(t)
	out, _ := runTool(t, program, "info", path)
	for _, want := range []string{"linetwin", fmt.Sprint(messages), "/belt ", "linetwin.belt [protobuf]", "/world/notes", "linetwin.device.Remark [jsonschema]", "foxglove.CompressedImage [protobuf]", "attachments: 2", "metadata: 2"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

func TestTheMcapProgramPrintsARecordingAsJSON(t *testing.T) {
	program := tool(t)
	path, messages := forTools(t)
	out, _ := runTool(t, program, "cat", "--json", path)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != messages {
		t.Errorf("%d lines for %d messages", len(lines), messages)
	}
	want := `{"position":0,"running":true,"slip":-1,"slip_quality":2}`
	var first struct {
		Topic string
		Data  json.RawMessage
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.Topic != "/belt" || string(first.Data) != want {
		t.Errorf("the first line is %s, %v; wanted the data %s", lines[0], err, want)
	}
}

func TestFoxglovesLibrariesReadARecording(t *testing.T) {
	folder := os.Getenv("LINETWIN_MCAP_NODE")
	if folder == "" {
		t.Skip("set LINETWIN_MCAP_NODE to a folder in which `npm install @mcap/core @mcap/support` was run")
	}
	path, messages := forTools(t)
	out, _ := runTool(t, "node", "testdata/foxglove.cjs", folder, path)
	var got struct {
		Done, Ordered     bool
		Streamed, Indexed int
		Topics            map[string][]struct {
			At, Schema string
			Data       map[string]any
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out[:min(len(out), 2000)])
	}
	if !got.Done || !got.Ordered || got.Streamed != messages || got.Indexed != messages {
		t.Errorf("done %v, ordered %v, %d and %d messages of %d", got.Done, got.Ordered, got.Streamed, got.Indexed, messages)
	}
	for _, c := range []struct {
		topic  string
		at     int
		schema string
		data   map[string]any
	}{
		{"/belt", 0, "linetwin.belt", map[string]any{"position": 0., "running": true, "slip": -1., "slip_quality": 2.}},
		{"/belt", 1, "linetwin.belt", map[string]any{"position": 0.0025}},
		{"/top", 0, "linetwin.top", map[string]any{"seq": 0., "gain": 0.5, "gain_quality": 1., "serial": "18446744073709551615"}},
		{"/top-2", 1, "linetwin.top_2", map[string]any{"seq": 1000.}},
		{"/world/notes", 0, "linetwin.device.Remark", map[string]any{"Kind": "fault", "Text": "top: drop-frames"}},
	} {
		ms := got.Topics[c.topic]
		if len(ms) <= c.at {
			t.Errorf("%s has %d messages", c.topic, len(ms))
			continue
		}
		data := ms[c.at].Data
		for k := range data {
			if strings.HasPrefix(k, "_") { // the name of an optional field's group
				delete(data, k)
			}
		}
		if diff := cmp.Diff(c.data, data); diff != "" || ms[c.at].Schema != c.schema {
			t.Errorf("%s, message %d, of %s (-want +got):\n%s", c.topic, c.at, ms[c.at].Schema, diff)
		}
	}
	frames := got.Topics["/top/color"]
	if len(frames) != 7 || frames[0].Data["format"] != "png" || frames[0].Data["frame_id"] != "top" {
		t.Errorf("%d frames: %v", len(frames), frames)
	}
}
