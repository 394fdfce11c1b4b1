package recogniser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"linetwin.dev/vision/model"
)

// process is a recogniser that runs. One goroutine at a time asks it.
type process struct {
	spec  *Spec
	leash *leash
	cmd   *exec.Cmd
	in    *os.File // its standard input

	said   chan Message  // what it says
	fault  chan error    // why it says nothing more
	quit   chan struct{} // closed when nobody listens any more
	exited chan struct{} // closed when it has ended; then cmd.ProcessState says how
	words  tail
	killed sync.Once
	silent chan struct{} // closed when its standard error has ended

	takes  []ImageKind
	device string
	shared *SharedMemory
	asked  int64 // the number of the last request
}

// startProcess starts a recogniser and waits until its model is loaded. stop gives up.
func startProcess(spec *Spec, stop <-chan struct{}) (*process, error) {
	p := &process{
		spec: spec,
		said: make(chan Message), fault: make(chan error, 1),
		quit: make(chan struct{}), exited: make(chan struct{}), silent: make(chan struct{}),
	}
	if err := p.launch(); err != nil {
		return nil, &Fault{Name: spec.Name, What: "cannot be started: " + err.Error()}
	}
	if err := p.greet(stop); err != nil {
		p.kill()
		return nil, p.describe(err)
	}
	return p, nil
}

// launch starts the program and those who listen to it.
func (p *process) launch() (err error) {
	p.cmd = exec.Command(p.spec.Command[0], p.spec.Command[1:]...)
	p.cmd.Dir = p.spec.Dir
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, "LINETWIN_TOKEN=") // it is nothing to the recogniser
	}), p.spec.Env...)
	var ends [6]*os.File
	closeAll := func(files ...*os.File) {
		for _, f := range files {
			if f != nil {
				f.Close()
			}
		}
	}
	for i := 0; i < len(ends); i += 2 {
		if ends[i], ends[i+1], err = os.Pipe(); err != nil {
			closeAll(ends[:]...)
			return err
		}
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = ends[0], ends[3], ends[5]
	if p.leash, err = newLeash(); err != nil {
		closeAll(ends[:]...)
		return err
	}
	p.leash.take(p.cmd)
	err = p.cmd.Start()
	closeAll(ends[0], ends[3], ends[5])
	if err != nil {
		p.leash.close()
		closeAll(ends[1], ends[2], ends[4])
		return err
	}
	p.in = ends[1]
	go func() {
		_ = p.cmd.Wait() // ProcessState has what there is to know
		close(p.exited)
	}()
	go p.listen(ends[2])
	go p.overhear(ends[4])
	return nil
}

// listen passes on what the recogniser says, until it says something that it must not.
func (p *process) listen(out *os.File) {
	defer out.Close()
	go func() { // a read is not to outlast the process, whoever else has its pipe
		<-p.quit
		out.Close()
	}()
	lines := newLineReader(out)
	for {
		line, err := lines.next()
		var m Message
		if err == nil {
			m, err = ParseMessage(line)
			if err != nil {
				err = fmt.Errorf("wrote to standard output, which is for messages only: %w", err)
			}
		} else if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("wrote to standard output: %w", err)
		}
		if err != nil {
			p.fault <- err
			return
		}
		select {
		case p.said <- m:
		case <-p.quit:
			return
		}
	}
}

// What a recogniser may write to standard error in a second; one that writes more waits
// until it is read.
const chatter = 1 << 20

// overhear keeps the last of what the recogniser writes to standard error.
func (p *process) overhear(errs *os.File) {
	defer close(p.silent)
	defer errs.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-p.quit
		cancel()
		_ = errs.SetReadDeadline(time.Now().Add(lastWords)) // others may have its pipe
	}()
	limit := rate.NewLimiter(chatter, chatter)
	buf := make([]byte, 32<<10)
	for left := chatter; left > 0; {
		n, err := errs.Read(buf)
		_, _ = p.words.Write(buf[:n]) // it takes all
		if err != nil {
			return
		}
		if limit.WaitN(ctx, n) != nil {
			left -= n // it has ended; the rest is in the pipe
		}
	}
}

// lastWords is how long what a recogniser wrote before it ended may take to arrive.
const lastWords = 200 * time.Millisecond

// greet says hello and waits until the recogniser is ready.
func (p *process) greet(stop <-chan struct{}) error {
	deadline := time.NewTimer(p.spec.StartWithin)
	defer deadline.Stop()
	if err := p.tell(Message{Type: Hello, Protocol: ProtocolVersion}, p.spec.StartWithin); err != nil {
		return err
	}
	for said := 0; ; said++ {
		select {
		case m := <-p.said:
			switch {
			case m.Type == Progress && m.ID == 0 && said < mostProgress:
			case m.Type == Failure && m.ID == 0:
				return errors.New("cannot load its model: " + m.Error)
			case m.Type != Ready:
				return fmt.Errorf("said %s before it was ready", m.Type)
			case m.Protocol != ProtocolVersion:
				return fmt.Errorf("speaks version %d of the protocol; %d is wanted", m.Protocol, ProtocolVersion)
			case !slices.Contains(m.Images, File) && !slices.Contains(m.Images, Shared):
				return fmt.Errorf("takes images as %q; file or shared is wanted", m.Images)
			default:
				p.takes, p.device = m.Images, m.Device
				return nil
			}
		case err := <-p.fault:
			return p.ending(err)
		case <-deadline.C:
			return &late{fmt.Errorf("was not ready within %v", p.spec.StartWithin)}
		case <-stop:
			return ErrClosed
		}
	}
}

// mostProgress bounds how often a recogniser may tell of progress in one request.
const mostProgress = 10_000

// late marks an error of time.
type late struct{ error }

// tell writes a message; a recogniser that does not read is at fault.
func (p *process) tell(m Message, within time.Duration) error {
	line, err := AppendMessage(nil, m)
	if err != nil {
		return err
	}
	if err := p.in.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if _, err = p.in.Write(line); errors.Is(err, os.ErrDeadlineExceeded) {
		return &late{fmt.Errorf("did not read its standard input within %v", within)}
	} else if err != nil {
		return p.ending(err)
	}
	return nil
}

// ending says how the recogniser ended, if it did, after its output has.
func (p *process) ending(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) && !isBrokenPipe(err) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	wait := time.NewTimer(lastWords)
	defer wait.Stop()
	select {
	case <-p.exited:
		return fmt.Errorf("ended by itself: %v", p.cmd.ProcessState)
	case <-wait.C:
		return errors.New("closed its standard input or output")
	}
}

// ask shows a picture, and calls copied once its pixels are not needed any more, unless
// they are shared. It returns the answer, or the recogniser's own complaint about the
// picture, or a fault, after which the process is of no use.
func (p *process) ask(r *Request, left time.Duration, copied func(), stop <-chan struct{}) (answer model.Answer, complaint error, fault error) {
	ref, done, err := p.refer(r)
	copied()
	if err != nil {
		return answer, err, nil
	}
	defer done()
	p.asked++
	if err := p.tell(Message{Type: Recognise, ID: p.asked, Image: ref, WithinMS: max(1, left.Milliseconds())}, p.spec.AnswerWithin); err != nil {
		return answer, nil, err
	}
	deadline, quiet := time.NewTimer(p.spec.AnswerWithin), time.NewTimer(p.spec.QuietWithin)
	defer deadline.Stop()
	defer quiet.Stop()
	for said := 1; ; said++ {
		select {
		case m := <-p.said:
			switch {
			case m.ID != p.asked:
				return answer, nil, fmt.Errorf("answers request %d with a message for %d", p.asked, m.ID)
			case m.Type == Result:
				return *m.Answer, nil, nil
			case m.Type == Failure:
				return answer, &Complaint{p.spec.Name, m.Error}, nil
			case m.Type != Progress:
				return answer, nil, fmt.Errorf("said %s where an answer is wanted", m.Type)
			case said > mostProgress:
				return answer, nil, fmt.Errorf("told %d times of its progress with one request", said)
			}
			quiet.Reset(p.spec.QuietWithin)
		case err := <-p.fault:
			return answer, nil, p.ending(err)
		case <-deadline.C:
			return answer, nil, &late{fmt.Errorf("did not answer within %v", p.spec.AnswerWithin)}
		case <-quiet.C:
			return answer, nil, &late{fmt.Errorf("said nothing for %v while it had a request", p.spec.QuietWithin)}
		case <-stop:
			return answer, nil, ErrClosed
		}
	}
}

// unasked is what becomes of a message while there is no request.
func (p *process) unasked(m Message) error {
	if m.ID != 0 {
		return fmt.Errorf("said %s to request %d, which is not open", m.Type, m.ID)
	}
	return fmt.Errorf("said %s without being asked", m.Type)
}

// describe makes a fault of an error, once the process has been killed.
func (p *process) describe(err error) error {
	var f *Fault
	if errors.Is(err, ErrClosed) || errors.As(err, &f) {
		return err
	}
	<-p.silent
	var l *late
	return &Fault{Name: p.spec.Name, What: err.Error(), Words: p.words.words(), Late: errors.As(err, &l)}
}

// kill ends the process and everybody whom it started, at once. It may be called again.
func (p *process) kill() { p.killed.Do(p.end) }

func (p *process) end() {
	p.in.Close()
	close(p.quit)
	p.leash.kill()
	_ = p.cmd.Process.Kill() // it may have left the group; that it has ended is no error
	wait := time.NewTimer(stuck)
	defer wait.Stop()
	select {
	case <-p.exited:
	case <-wait.C:
	}
	p.leash.close()
	if p.shared != nil {
		_ = p.shared.Close() // nobody is left who could be told
	}
}

// stuck is how long a killed process is waited for: one that hangs in a driver of the
// kernel ends when that lets it, and not before.
const stuck = 5 * time.Second

// stop asks the process to end, and kills it if it does not.
func (p *process) stop() {
	if p.tell(Message{Type: Shutdown}, p.spec.StopWithin) == nil {
		p.in.Close()
		wait := time.NewTimer(p.spec.StopWithin)
		defer wait.Stop()
		for open := true; open; {
			select {
			case <-p.said: // too late
			case <-p.exited:
				open = false
			case <-wait.C:
				open = false
			}
		}
	}
	p.kill()
}
