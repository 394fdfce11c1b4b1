package recogniser

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestMessagesAreReadAsTheyWereWritten(t *testing.T) {
	for _, line := range []string{
		`{"type":"hello","protocol":1}`,
		`{"type":"ready","protocol":1,"name":"caps","images":["file","shared"],"device":"cuda:0"}`,
		`{"type":"recognise","id":1,"image":{"file":"/tmp/x.png"},"within_ms":500}`,
		`{"type":"recognise","id":2,"image":{"shared":"/proc/7/fd/9","offset":4096,"width":2,"height":3,"stride":8,"format":"rgb8"}}`,
		`{"type":"answer","id":1,"answer":{"labels":[{"label":"ok","score":0.9}],"boxes":[{"label":"cap","score":1,"x":1,"y":2,"width":3.5,"height":4,"text":"A7"}],"text":"A7"}}`,
		`{"type":"progress","progress":0.5}`,
		`{"type":"error","id":1,"error":"too dark"}`,
		`{"type":"shutdown"}`,
	} {
		m, err := ParseMessage([]byte(line))
		if err != nil {
			t.Error(err)
			continue
		}
		back, err := AppendMessage(nil, m)
		if err != nil {
			t.Error(err)
		}
		if string(back) != line+"\n" {
			t.Errorf("%s became %s", line, back)
		}
	}
}

func TestAMessageMustHaveWhatItsTypeNeeds(t *testing.T) {
	for line, want := range map[string]string{
		``:                                       "not a message",
		`[]`:                                     "not a message",
		`{"type":"answer"`:                       "not a message",
		`{"type":"dance"}`:                       `there is no message "dance"`,
		`{"type":"hello"}`:                       "without the protocol's version",
		"{\"type\":\"\xff\"":                     "not UTF-8",
		`{"type":"ready","protocol":1}`:          "ready without images",
		`{"type":"recognise","id":1}`:            "without an image",
		`{"type":"recognise","id":1,"image":{}}`: "either a file or shared",
		`{"type":"recognise","id":1,"image":{"file":"a","shared":"b"}}`:                                       "either a file or shared",
		`{"type":"recognise","id":0,"image":{"file":"a"}}`:                                                    "id 0 of recognise",
		`{"type":"recognise","id":9007199254740992,"image":{"file":"a"}}`:                                     "id 9007199254740992",
		`{"type":"recognise","id":1,"image":{"shared":"b","width":-1}}`:                                       "-1 x 0 pixels",
		`{"type":"recognise","id":1,"image":{"shared":"b","width":1,"height":1}}`:                             `format ""`,
		`{"type":"answer","id":1}`:                                                                            "an answer without its answer",
		`{"type":"answer","id":1,"answer":{"labels":[{"label":"a","score":2}]}}`:                              "score 2",
		`{"type":"answer","id":1,"answer":{"boxes":[{"label":"a","width":-2}]}}`:                              "its size is -2 x 0",
		`{"type":"answer","id":1,"answer":{"boxes":[{"label":"a","x":1e300}]}}`:                               "are no pixels",
		`{"type":"error","id":1}`:                                                                             "does not say what is wrong",
		`{"type":"progress","id":1,"progress":7}`:                                                             "progress 7",
		`{"type":"answer","id":"one","answer":{}}`:                                                            "not a message",
		`{"type":"recognise","id":1,"image":{"shared":"b","width":9,"height":1,"stride":8,"format":"gray8"}}`: "rows 8 bytes apart",
	} {
		if _, err := ParseMessage([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want %q", line, err, want)
		}
	}
	if _, err := AppendMessage(nil, Message{Type: Failure, Error: strings.Repeat("x", MaxLine)}); err == nil {
		t.Error("a message that fits in no line was written")
	}
}

func TestLinesAreBoundedAndWhole(t *testing.T) {
	long := strings.Repeat("x", MaxLine)
	lines := newLineReader(iotest.OneByteReader(strings.NewReader("a\r\n\nb\n")))
	for _, want := range []string{"a", "", "b"} {
		if got, err := lines.next(); err != nil || string(got) != want {
			t.Errorf("line %q, error %v; want %q", got, err, want)
		}
	}
	if _, err := lines.next(); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
	if got, err := newLineReader(strings.NewReader(long + "\n")).next(); err != nil || len(got) != MaxLine {
		t.Errorf("the longest line: %d bytes, error %v", len(got), err)
	}
	if _, err := newLineReader(strings.NewReader(long + "x\n")).next(); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Errorf("a line that is too long: %v", err)
	}
	endless := &countingReader{}
	if _, err := newLineReader(endless).next(); err == nil || endless.n > 2*MaxLine {
		t.Errorf("a line without an end: %v, after %d bytes", err, endless.n)
	}
	if _, err := newLineReader(strings.NewReader("half")).next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a line that was cut off: %v", err)
	}
}

// countingReader gives bytes without end.
type countingReader struct{ n int }

func (r *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	r.n += len(p)
	return len(p), nil
}

func TestOnlyTheLastWordsAreKept(t *testing.T) {
	var w tail
	for range 1000 {
		w.Write([]byte("a line of warnings\n"))
	}
	w.Write([]byte("\x1b[31mthe\tend\r\n"))
	if len(w.kept) > tailSize || cap(w.kept) > 4*tailSize {
		t.Errorf("%d bytes are kept", len(w.kept))
	}
	got := w.words()
	if !strings.HasSuffix(got, "/ [31mthe end") || !strings.HasPrefix(got, "...") || len(got) > 610 {
		t.Errorf("the last words are %q", got)
	}
	w.Write(bytes.Repeat([]byte("\xc3\xa9"), tailSize))
	if got := w.words(); !strings.HasSuffix(got, "é") || strings.Contains(got, "?é?") {
		t.Errorf("the last words are %q", got)
	}
}

// FuzzParseMessage wants that what is taken survives being written and read again.
func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`{"type":"answer","id":1,"answer":{"labels":[{"label":"ok","score":0.9}]}}`))
	f.Add([]byte(`{"type":"recognise","id":1,"image":{"shared":"/proc/7/fd/9","width":2,"height":3,"stride":8,"format":"rgb8"}}`))
	f.Add([]byte(`{"type":"ready","protocol":1,"images":["file"]}`))
	f.Add([]byte(`{"type":"progress","progress":1e-9}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := ParseMessage(line)
		if err != nil {
			if len(err.Error()) > 4000 {
				t.Errorf("a message of %d bytes", len(err.Error()))
			}
			return
		}
		back, err := AppendMessage(nil, m)
		if err != nil {
			if len(line) > MaxLine/8 {
				return // escapes make it longer
			}
			t.Fatal(err)
		}
		again, err := ParseMessage(bytes.TrimSuffix(back, []byte("\n")))
		if err != nil {
			t.Fatalf("%s: %v", back, err)
		}
		if !reflect.DeepEqual(normal(m), normal(again)) {
			t.Errorf("%+v became %+v", m, again)
		}
		if m.Image != nil && m.Image.Shared != "" && m.Type == Recognise && m.Image.end() <= m.Image.Offset {
			t.Errorf("an image that ends before it begins: %+v", m.Image)
		}
	})
}

// normal does not tell an empty list from none.
func normal(m Message) Message {
	if len(m.Images) == 0 {
		m.Images = nil
	}
	if m.Answer != nil {
		a := *m.Answer
		if len(a.Labels) == 0 {
			a.Labels = nil
		}
		if len(a.Boxes) == 0 {
			a.Boxes = nil
		}
		m.Answer = &a
	}
	return m
}
