//go:build unix

package recogniser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"linetwin.dev/vision/model"
)

// TestMain lets the test binary be a recogniser, too: LINETWIN_TEST_RECOGNISER says how it
// starts, and the first pixel of a picture what it does with it.
func TestMain(m *testing.M) {
	switch how := os.Getenv("LINETWIN_TEST_RECOGNISER"); how {
	case "":
		os.Exit(m.Run())
	case "host":
		beHost()
	default:
		beRecogniser(how)
	}
}

// What a recogniser does with a picture, by its first pixel.
const (
	answers byte = iota
	complains
	hangs
	floods        // without the end of a line
	babbles       // megabytes that are no messages
	answersOthers // requests that nobody made
	answersTwice
	diesMidway // in the middle of its answer
	dies
	shouts // to standard error, without end
	worksLong
	progresses // without end
	crashes    // as a C++ exception does
	nonsense   // scores that are none
)

func beRecogniser(how string) {
	switch how {
	case "dead":
		fmt.Fprintln(os.Stderr, "no such device")
		os.Exit(3)
	case "mute":
		hold()
	case "deaf": // reads nothing after it was ready
		fmt.Println(`{"type":"ready","protocol":1,"images":["shared"]}`)
		hold()
	case "newer":
		fmt.Println(`{"type":"ready","protocol":2,"images":["shared"]}`)
		hold()
	case "blind":
		fmt.Println(`{"type":"ready","protocol":1,"images":["smell"]}`)
		hold()
	case "restless": // says something that nobody asked for
		fmt.Println(`{"type":"ready","protocol":1,"images":["shared"]}`)
		fmt.Println(`{"type":"answer","id":99,"answer":{}}`)
		hold()
	case "family": // leaves its standard output to a child
		child := exec.Command("sleep", "1000")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			os.Exit(4)
		}
		pids := fmt.Sprintln(os.Getpid(), child.Process.Pid)
		if err := os.WriteFile(os.Getenv("LINETWIN_TEST_PIDS"), []byte(pids), 0o600); err != nil {
			os.Exit(4)
		}
	case "stubborn":
		syscall.Setpgid(0, 0)
	}
	var h Handler
	err := Serve(os.Stdin, os.Stdout, func() (*Handler, error) {
		if how == "lacking" {
			return nil, errors.New("weights.bin is missing")
		}
		h = Handler{Name: how, Device: "test", Recognise: misbehave}
		return &h, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if how == "stubborn" {
		hold()
	}
	os.Exit(0)
}

// hold does nothing for good.
func hold() {
	for {
		time.Sleep(time.Hour)
	}
}

// asked counts the requests.
var asked int

func misbehave(m model.Image) (model.Answer, error) {
	asked++
	a := model.Answer{Labels: []model.Label{{Label: "odd", Score: 0.25}, {Label: "even", Score: 0.75}}, Text: fmt.Sprint(os.Getpid())}
	switch m.Pix[0] {
	case complains:
		return a, errors.New("too dark")
	case hangs:
		hold()
	case floods:
		for {
			os.Stdout.Write(bytes.Repeat([]byte("x"), 1<<16))
		}
	case babbles:
		for {
			os.Stdout.WriteString(strings.Repeat("Epoch 1/100: loss 0.1\n", 1000))
		}
	case answersOthers:
		fmt.Println(`{"type":"answer","id":4711,"answer":{}}`)
	case answersTwice:
		fmt.Println(`{"type":"answer","id":1,"answer":{}}`)
	case diesMidway:
		fmt.Print(`{"type":"answer","id":1,"ans`)
		os.Exit(5)
	case dies:
		fmt.Fprintln(os.Stderr, "CUDA error: out of memory")
		os.Exit(6)
	case crashes:
		fmt.Fprintln(os.Stderr, "terminate called after throwing an instance of 'cv::Exception'")
		syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -ABRT $$"}, nil)
	case shouts:
		for {
			fmt.Fprintln(os.Stderr, "warning: deprecated")
		}
	case progresses:
		for {
			fmt.Println(`{"type":"progress","id":1,"progress":0.5}`)
		}
	case worksLong:
		for i := range 20 {
			fmt.Printf(`{"type":"progress","id":%d,"progress":%g}`+"\n", asked, float64(i)/20)
			time.Sleep(20 * time.Millisecond)
		}
	case nonsense:
		fmt.Println(`{"type":"answer","id":1,"answer":{"labels":[{"label":"x","score":1e9}]}}`)
		hold()
	}
	return a, nil
}

// beHost opens a lane with a family of processes, whose numbers go to a file, says so,
// and hangs.
func beHost() {
	l, err := Open(Spec{Command: []string{os.Args[0]}, Env: []string{"LINETWIN_TEST_RECOGNISER=family"}})
	if err != nil {
		panic(err)
	}
	if _, err := l.Recognise(context.Background(), Request{Image: picture1(answers)}); err != nil {
		panic(err)
	}
	fmt.Println("up")
	hold()
}

// picture1 is a picture that makes the recogniser do something.
func picture1(what byte) model.Image {
	return model.Image{W: 4, H: 2, Pix: bytes.Repeat([]byte{what}, 24)}
}
