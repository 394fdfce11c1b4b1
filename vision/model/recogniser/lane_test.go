//go:build unix

package recogniser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/vision/model"
)

// open opens a lane with the test's own recogniser.
func open(t *testing.T, how string, change func(*Spec)) *Lane {
	t.Helper()
	s := Spec{
		Name: "test", Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_RECOGNISER=" + how},
		AnswerWithin: 20 * time.Second, StopWithin: time.Second,
		Backoff: Backoff{First: time.Millisecond, Most: 10 * time.Millisecond},
	}
	if change != nil {
		change(&s)
	}
	l, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func recognise(t *testing.T, l *Lane, what byte) (model.Answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return l.Recognise(ctx, Request{Image: picture1(what)})
}

func mustAnswer(t *testing.T, l *Lane) model.Answer {
	t.Helper()
	a, err := recognise(t, l, answers)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Labels) != 2 || a.Labels[0].Label != "even" || a.Labels[0].Score != 0.75 {
		t.Fatalf("the answer is %+v; the likeliest label comes first", a)
	}
	return a
}

func TestARecogniserAnswersWithItsModelLoadedOnce(t *testing.T) {
	l := open(t, "good", nil)
	first := mustAnswer(t, l)
	for range 5 {
		if a := mustAnswer(t, l); a.Text != first.Text {
			t.Errorf("process %s answered, and %s before", a.Text, first.Text)
		}
	}
	_, err := recognise(t, l, complains)
	var c *Complaint
	if !errors.As(err, &c) || c.Text != "too dark" {
		t.Errorf("a complaint about a picture is %v", err)
	}
	if a := mustAnswer(t, l); a.Text != first.Text {
		t.Error("a complaint about a picture ended the process")
	}
	s := l.Status()
	if s.Answered != 7 || s.Complaints != 1 || s.Starts != 1 || s.Faults != 0 || s.Ready != 1 || s.Device != "test" || s.Mean <= 0 {
		t.Errorf("status %+v", s)
	}
}

func TestARecogniserThatMisbehavesIsReplacedAndTheNextRequestAnswered(t *testing.T) {
	short := func(s *Spec) { s.AnswerWithin = 300 * time.Millisecond }
	for _, c := range []struct {
		name   string
		what   byte
		change func(*Spec)
		want   string
	}{
		{"hangs", hangs, short, `recogniser test did not answer within 300ms`},
		{"falls silent", hangs, func(s *Spec) { s.QuietWithin = 200 * time.Millisecond }, `said nothing for 200ms while it had a request`},
		{"floods", floods, nil, `a line of more than 1048576 bytes, which begins "xxxx`},
		{"babbles", babbles, nil, `wrote to standard output, which is for messages only: not a message: "Epoch 1/100: loss 0.1"`},
		{"answers what nobody asked", answersOthers, nil, `answers request 1 with a message for 4711`},
		{"dies in the middle of its answer", diesMidway, nil, `ended by itself: exit status 5`},
		{"dies", dies, nil, `ended by itself: exit status 6; its last words: CUDA error: out of memory`},
		{"crashes", crashes, nil, `ended by itself: signal: aborted.*; its last words: terminate called after`},
		{"shouts", shouts, short, `did not answer within 300ms; its last words: .*warning: deprecated`},
		{"tells of its progress without end", progresses, nil, `told \d+ times of its progress`},
		{"gives scores that are none", nonsense, nil, `score 1e\+09 of "x"; a score is from 0 to 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := open(t, "good", c.change)
			_, err := recognise(t, l, c.what)
			var f *Fault
			if !errors.As(err, &f) || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Fatalf("error %v; want a fault like %q", err, c.want)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
			if late := strings.Contains(c.want, "within") || strings.Contains(c.want, "nothing for"); f.Late != late {
				t.Errorf("late is %t", f.Late)
			}
			if c.change == nil { // the others are short of time on a busy machine
				mustAnswer(t, l)
				if s := l.Status(); s.Faults != 1 || s.Starts != 2 {
					t.Errorf("status %+v", s)
				}
			}
		})
	}
}

func TestASecondAnswerToARequestEndsTheProcess(t *testing.T) {
	l := open(t, "good", nil)
	if _, err := recognise(t, l, answersTwice); err != nil {
		t.Fatal(err)
	}
	mustAnswerEventually(t, l)
	if s := l.Status(); s.Starts != 2 || s.Faults != 1 {
		t.Errorf("status %+v; the second answer is nobody's", s)
	}
}

// mustAnswerEventually allows for a request that met a process just when it failed.
func mustAnswerEventually(t *testing.T, l *Lane) {
	t.Helper()
	if _, err := recognise(t, l, answers); err != nil {
		mustAnswer(t, l)
		return
	}
	mustAnswer(t, l)
}

func TestARecogniserThatDoesNotComeUpIsToldWithItsReason(t *testing.T) {
	for how, want := range map[string]string{
		"dead":     `ended by itself: exit status 3; its last words: no such device`,
		"mute":     `was not ready within 200ms`,
		"newer":    `speaks version 2 of the protocol; 1 is wanted`,
		"blind":    `takes images as \["smell"\]; file or shared is wanted`,
		"lacking":  `cannot load its model: weights.bin is missing`,
		"restless": `said answer to request 99, which is not open|answers request 1 with a message for 99`,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			l := open(t, how, func(s *Spec) {
				if how == "mute" {
					s.StartWithin = 200 * time.Millisecond
				}
			})
			// A request may meet the process between its start and its failure.
			var err error
			for begun := time.Now(); time.Since(begun) < time.Minute; {
				_, err = recognise(t, l, hangs)
				var u *Unavailable
				if errors.As(err, &u) {
					if u.RetryAfter < time.Second {
						t.Errorf("try again after %v", u.RetryAfter)
					}
					break
				}
			}
			if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("error %v; want %q", err, want)
			}
		})
	}
	l := open(t, "good", func(s *Spec) { s.Command = []string{"./no-such-program"} })
	if _, err := recognise(t, l, answers); err == nil || !strings.Contains(err.Error(), "cannot be started: ") {
		t.Errorf("error %v", err)
	}
}

func TestARecogniserThatReadsNothingIsReplaced(t *testing.T) {
	// What it is told fits into the pipe, so that it shows by its silence.
	l := open(t, "deaf", func(s *Spec) { s.AnswerWithin = 200 * time.Millisecond })
	_, err := recognise(t, l, answers)
	if err == nil || !strings.Contains(err.Error(), "did not answer within 200ms") {
		t.Errorf("error %v", err)
	}
	// Once the pipe is full, by its not reading.
	p := &process{spec: &Spec{Name: "deaf"}, exited: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	p.in = w
	for range 100 {
		if err = p.tell(Message{Type: Failure, Error: strings.Repeat("x", 1<<16)}, 20*time.Millisecond); err != nil {
			break
		}
	}
	if err == nil || !isLateError(err) || !strings.Contains(err.Error(), "did not read its standard input within") {
		t.Errorf("error %v", err)
	}
}

func isLateError(err error) bool {
	var l *late
	return errors.As(err, &l)
}

func TestAProcessThatTellsOfItsProgressMayTakeLong(t *testing.T) {
	l := open(t, "good", func(s *Spec) { s.QuietWithin = 10 * time.Second })
	if _, err := recognise(t, l, worksLong); err != nil {
		t.Error(err)
	}
}

func TestWhatWaitsOutlastsAProcessThatFails(t *testing.T) {
	l := open(t, "good", nil)
	mustAnswer(t, l)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var wrong []error
	for i := range 20 {
		what := answers
		if i%10 == 5 {
			what = dies
		}
		wg.Go(func() {
			_, err := recognise(t, l, what)
			if (err != nil) != (what == dies) {
				mu.Lock()
				wrong = append(wrong, fmt.Errorf("picture %d: %w", what, err))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(wrong) > 0 {
		t.Error(errors.Join(wrong...))
	}
}

func TestAFullQueueRefusesAndPutsLowPriorityOut(t *testing.T) {
	l := open(t, "good", func(s *Spec) { s.Queue = 2 })
	mustAnswer(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 4)
	ask := func(p Priority) {
		before := l.Status()
		go func() {
			_, err := l.Recognise(ctx, Request{Image: picture1(hangs), Priority: p})
			results <- err
		}()
		eventually(t, func() bool {
			s := l.Status()
			return s.Running+s.Waiting+int(s.Refused) > before.Running+before.Waiting+int(before.Refused)
		})
	}
	ask(Normal) // runs
	eventually(t, func() bool { return l.Status().Running == 1 })
	ask(Low)
	ask(Normal)
	var refused *Refused
	if _, err := l.Recognise(ctx, Request{Image: picture1(answers), Priority: Low}); !errors.As(err, &refused) || refused.RetryAfter < time.Second {
		t.Errorf("a low priority gets %v where the queue is full", err)
	}
	ask(High) // takes the place of the low one
	if err := <-results; !errors.As(err, &refused) {
		t.Errorf("the low priority that waited gets %v", err)
	}
	if _, err := l.Recognise(ctx, Request{Image: picture1(answers)}); !errors.As(err, &refused) {
		t.Errorf("a normal priority gets %v where others of its own wait", err)
	}
	cancel()
	for range 3 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away gets %v", err)
		}
	}
	if s := l.Status(); s.Waiting != 0 {
		t.Errorf("%d wait for nobody", s.Waiting)
	}
}

// eventually waits for something that should happen at once.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("not after a minute")
		}
	}
}

func TestWhoIsImpatientDoesNotEndTheProcess(t *testing.T) {
	l := open(t, "good", nil)
	first := mustAnswer(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Recognise(ctx, Request{Image: picture1(worksLong)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if a := mustAnswer(t, l); a.Text != first.Text {
		t.Error("the process was ended")
	}
	if s := l.Status(); s.Late != 1 || s.Faults != 0 {
		t.Errorf("status %+v", s)
	}
}

func TestAPictureInSharedMemoryIsNotCopied(t *testing.T) {
	m, err := NewSharedMemory(1 << 16)
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	l := open(t, "good", nil)
	ref := &Reference{Shared: m.Path(), Offset: 100, Width: 10, Height: 10, Stride: 40, Format: BGR8}
	m.Bytes()[102] = complains // red of the first pixel
	var c *Complaint
	if _, err := l.Recognise(t.Context(), Request{Reference: ref}); !errors.As(err, &c) {
		t.Errorf("error %v", err)
	}
	m.Bytes()[102] = answers
	if _, err := l.Recognise(t.Context(), Request{Reference: ref}); err != nil {
		t.Error(err)
	}
	ref.Height = 10_000
	if _, err := l.Recognise(t.Context(), Request{Reference: ref}); !errors.As(err, &c) || !strings.Contains(err.Error(), "there are only 65536") {
		t.Errorf("an image that reaches beyond its memory gives %v", err)
	}
}

func TestNobodyLooksAtThePixelsOfWhoGaveUp(t *testing.T) {
	l := open(t, "good", nil)
	mustAnswer(t, l)
	img := model.Image{W: 1000, H: 1000, Pix: make([]byte, 3_000_000)}
	for i := range 40 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
		// That it gives up or gets an answer are both right.
		_, err := l.Recognise(ctx, Request{Image: img})
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		cancel()
		for p := range img.Pix { // the race detector tells if somebody reads
			img.Pix[p] = answers
		}
	}
}

func TestARecogniserInAModelsFolderMayTakeFilesOnly(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	script := `#!/bin/sh
read -r hello
echo '{"type":"ready","protocol":1,"images":["file"]}'
read -r request
file=${request#*'"file":"'}
file=${file%%'"'*}
case $(head -c 4 "$file") in *PNG) echo '{"type":"answer","id":1,"answer":{"text":"PNG"}}' ;; esac
read -r shutdown
`
	if err := os.WriteFile(filepath.Join(dir, "look.sh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := Open(SpecOf(&model.Spec{Name: "files", Command: []string{"./look.sh"}}, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := recognise(t, l, answers)
	if err != nil || a.Text != "PNG" {
		t.Errorf("%+v, %v", a, err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v: the picture is left in the temporary folder", left, err)
	}
}

func TestEveryFormatOfSharedPixelsIsRead(t *testing.T) {
	m, err := NewSharedMemory(1 << 12)
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	for i := range m.Bytes() {
		m.Bytes()[i] = byte(i)
	}
	for _, c := range []struct {
		format Format
		stride int
		want   []byte // 2 x 2 pixels
	}{
		{RGB8, 6, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{RGB8, 10, []byte{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}},
		{BGR8, 6, []byte{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}},
		{Gray8, 2, []byte{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}},
	} {
		ref := Reference{Shared: m.Path(), Offset: 1, Width: 2, Height: 2, Stride: c.stride, Format: c.format}
		img, release, err := ref.Load()
		if err != nil {
			t.Fatal(err)
		}
		if img.W != 2 || img.H != 2 || !bytes.Equal(img.Pix, c.want) {
			t.Errorf("%s, rows %d apart: %v; want %v", c.format, c.stride, img.Pix, c.want)
		}
		release()
	}
}

// gone tells whether a process has ended; one that nobody waits for counts.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || regexp.MustCompile(`\) [ZX] `).Match(stat)
}

func pidsIn(t *testing.T, file string) (pids []int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for f := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func TestWhatARecogniserStartedEndsWithTheLane(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	l := open(t, "family", func(s *Spec) { s.Env = append(s.Env, "LINETWIN_TEST_PIDS="+file) })
	mustAnswer(t, l)
	pids := pidsIn(t, file)
	l.Close()
	for _, pid := range pids {
		eventually(t, func() bool { return gone(pid) })
	}
}

func TestRecognisersEndWhenTheirHostIsKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), "LINETWIN_TEST_RECOGNISER=host", "LINETWIN_TEST_PIDS="+file)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 10)
	n, _ := out.Read(said)
	pids := pidsIn(t, file)
	host.Process.Kill()
	host.Wait()
	if string(said[:n]) != "up\n" || len(pids) != 2 {
		t.Fatalf("the host says %q; its recognisers are %v", said[:n], pids)
	}
	for _, pid := range pids {
		eventually(t, func() bool { return gone(pid) })
	}
}

func TestCloseDoesNotWaitForAProcessThatWillNotEnd(t *testing.T) {
	l := open(t, "stubborn", func(s *Spec) { s.StopWithin = 50 * time.Millisecond })
	a := mustAnswer(t, l)
	l.Close()
	pid, err := strconv.Atoi(a.Text)
	if err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Error("it still runs")
	}
	if _, err := recognise(t, l, answers); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed lane says %v", err)
	}
}

func TestCloseEndsWhatRunsAndWhatWaits(t *testing.T) {
	l := open(t, "good", func(s *Spec) { s.StopWithin = 50 * time.Millisecond })
	results := make(chan error, 3)
	for range cap(results) {
		go func() {
			_, err := recognise(t, l, hangs)
			results <- err
		}()
	}
	eventually(t, func() bool { s := l.Status(); return s.Running == 1 && s.Waiting == 2 })
	l.Close()
	for range cap(results) {
		if err := <-results; !errors.Is(err, ErrClosed) {
			t.Errorf("error %v", err)
		}
	}
}

func TestNoProcessOrFileIsLeftBehind(t *testing.T) {
	files := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("the open files of this process are not told")
		}
		return len(entries)
	}
	before := files()
	for range 3 {
		l, err := Open(Spec{Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_RECOGNISER=good"}, Processes: 2, Backoff: Backoff{First: time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		mustAnswer(t, l)
		recognise(t, l, dies)
		mustAnswer(t, l)
		l.Close()
	}
	if after := files(); after > before+2 { // the runtime's own come and go
		t.Errorf("%d files are open, %d were before", after, before)
	}
}

func TestThePythonExampleNamesColours(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	spec, err := model.Load("../example")
	if err != nil {
		t.Fatal(err)
	}
	spec.Command[0] = python
	s := SpecOf(spec, "../example")
	s.StartWithin, s.AnswerWithin = time.Minute, time.Minute
	l, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct {
		r, g, b byte
		label   string
		stripes bool
		text    string
	}{
		{200, 40, 40, "red", false, "mean 200 40 40, edges 0.000"},
		{235, 235, 235, "white", false, "mean 235 235 235, edges 0.000"},
		{255, 255, 255, "grey", true, "mean 128 128 128, edges 1.000"},
	} {
		m := model.Image{W: 60, H: 40}
		for i := range 60 * 40 {
			if c.stripes && i%2 == 1 {
				m.Pix = append(m.Pix, 0, 0, 0)
			} else {
				m.Pix = append(m.Pix, c.r, c.g, c.b)
			}
		}
		a, err := l.Recognise(t.Context(), Request{Image: m})
		if err != nil {
			t.Fatal(err)
		}
		if a.Labels[0].Label != c.label || a.Labels[0].Score < 0.5 || a.Text != c.text {
			t.Errorf("%s is seen as %+v", c.label, a)
		}
	}
	if !slices.Equal(s.Command[1:], []string{"recogniser.py"}) {
		t.Errorf("command %q", s.Command)
	}
}
