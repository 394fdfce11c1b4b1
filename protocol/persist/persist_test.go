package persist

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol"
)

// plant is a bank with two registers that are kept.
type plant struct {
	bank  *protocol.Bank
	store *protocol.Store
	refs  []protocol.Ref
}

func newPlant(f *File) *plant {
	p := &plant{bank: protocol.NewBank()}
	p.store = protocol.NewStore(p.bank, "configuration", "server.cue:1:1", func() time.Duration { return 0 })
	for _, d := range []protocol.Def{{Name: "recipe", Type: protocol.U32}, {Name: "twice", Type: protocol.F64}} {
		v := protocol.Value{}
		if old, ok := f.Value(d.Name, d.Type); ok {
			v = old
		}
		o, err := p.store.Define(d, v)
		if err != nil {
			panic(err)
		}
		p.refs = append(p.refs, o.Ref())
	}
	p.bank.Seal()
	return p
}

// set gives both registers their values at one instant.
func (p *plant) set(n uint64) {
	p.store.Apply(&protocol.Transaction{Changes: []protocol.Change{
		{Ref: p.refs[0], Value: protocol.UintValue(n)}, {Ref: p.refs[1], Value: protocol.FloatValue(float64(2 * n))},
	}})
}

func open(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func closeFile(t testing.TB, f *File) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func recipe(f *File) uint64 {
	v, _ := f.Value("recipe", protocol.U32)
	return v.Uint()
}

// keep writes a file of the values n and 2n.
func keep(t testing.TB, path string, n uint64) {
	t.Helper()
	f := open(t, path)
	p := newPlant(f)
	f.Keep(p.bank, p.refs, time.Hour, func(err error) { t.Error(err) })
	p.set(n)
	closeFile(t, f)
}

func TestValuesSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	for n := uint64(1); n < 4; n++ {
		if f := open(t, path); recipe(f) != n-1 {
			t.Errorf("it begins with %d, want %d", recipe(f), n-1)
		} else {
			closeFile(t, f)
		}
		keep(t, path, n)
	}
}

func TestAChangeIsOnTheDiskWithoutClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	f := open(t, path)
	p := newPlant(f)
	f.Keep(p.bank, p.refs, 2*time.Millisecond, func(err error) { t.Error(err) })
	p.set(7)
	for {
		if values, err := readValues(path); err == nil && values["recipe"].text == "7" && values["twice"].text == "14" {
			break
		}
		time.Sleep(time.Millisecond) // between looks; the test's own time-out ends it
	}
	closeFile(t, f)
}

func TestWhatARegisterBeginsWithIsNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	f := open(t, path)
	p := newPlant(f)
	f.Keep(p.bank, p.refs, time.Hour, func(err error) { t.Error(err) })
	p.store.Apply(protocol.NewWrite(p.refs[1], protocol.FloatValue(1)))
	closeFile(t, f)
	f = open(t, path)
	defer closeFile(t, f)
	if _, ok := f.Value("recipe", protocol.U32); ok {
		t.Error("a register that nobody wrote has a kept value: another initial one would do nothing")
	}
}

func TestValuesOfRegistersThatAreAwayStayInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	keep(t, path, 3)
	f := open(t, path)
	p := newPlant(f)
	f.Keep(p.bank, p.refs[1:], time.Hour, func(err error) { t.Error(err) })
	p.set(9)
	closeFile(t, f)
	f = open(t, path)
	defer closeFile(t, f)
	if v, ok := f.Value("twice", protocol.F64); recipe(f) != 3 || !ok || v.Float() != 18 {
		t.Errorf("the file has %v", f.values)
	}
}

func TestAValueOfAnotherTypeIsTakenIfItFits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	keep(t, path, 300)
	f := open(t, path)
	defer closeFile(t, f)
	for typ, want := range map[protocol.Type]bool{protocol.U16: true, protocol.I64: true, protocol.F32: false, protocol.Bool: false} {
		if _, ok := f.Value("recipe", typ); ok != want {
			t.Errorf("300 of a u32 as %v: %v", typ, ok)
		}
	}
}

func TestADamagedFileIsReplacedByTheOneBeforeIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	keep(t, path, 1)
	keep(t, path, 2)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"zeros": make([]byte, len(whole))}
	for n := range whole {
		damage[fmt.Sprintf("cut after %d bytes", n)] = whole[:n]
		flipped := bytes.Clone(whole)
		flipped[n] ^= 4
		damage[fmt.Sprintf("byte %d flipped", n)] = flipped
	}
	for what, data := range damage {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if recipe(f) != 1 || f.Notice() == nil || !strings.Contains(f.Notice().Error(), path+"~, written before it") {
			t.Errorf("%s: recipe %d, notice %v", what, recipe(f), f.Notice())
		}
		closeFile(t, f)
	}
}

func TestWithBothFilesDamagedNothingIsGuessed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	keep(t, path, 1)
	if err := os.WriteFile(path, []byte("garbage"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	if err == nil || err.Error() != "values in "+path+": it is not whole: its last line is no checksum; bring a copy back, or remove it to begin with the initial values" {
		t.Errorf("it opens with %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	closeFile(t, open(t, path))
}

func TestAPowerCutBetweenTheRenamesLosesOnlyWhatWasBeingWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	keep(t, path, 5)
	if err := os.Rename(path, before(path)); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	defer closeFile(t, f)
	if recipe(f) != 5 || f.Notice() != nil {
		t.Errorf("recipe %d, notice %v", recipe(f), f.Notice())
	}
}

func TestADiskThatFailsIsReportedOnceAndTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "server.values")
	f := open(t, path)
	p := newPlant(f)
	reports := make(chan error, 100)
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	f.Keep(p.bank, p.refs, 2*time.Millisecond, func(err error) { reports <- err })
	p.set(1)
	if err := <-reports; !strings.Contains(err.Error(), "server.values are not written: no such file or directory; they are kept in memory") {
		t.Error(err)
	}
	if err := f.keeper.look(); err == nil {
		t.Error("a second attempt succeeds")
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	closeFile(t, f)
	if n := len(reports); n != 0 {
		t.Errorf("it was reported %d more times", n)
	}
	f = open(t, path)
	defer closeFile(t, f)
	if recipe(f) != 1 {
		t.Errorf("after all the file has %d", recipe(f))
	}
}

func TestOneProcessHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	f := open(t, path)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("another server has it, process %d; end that one, or name another place", os.Getpid())) {
		t.Errorf("a second one opens it with %v", err)
	}
	closeFile(t, f)
	closeFile(t, open(t, path))
}

// TestMain lets the test binary be a server that counts until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("PERSIST_COUNT"); path != "" {
		count(path)
	}
	os.Exit(m.Run())
}

// count goes on from the kept value, for ever.
func count(path string) {
	f, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p := newPlant(f)
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	f.Keep(p.bank, p.refs, time.Millisecond, fail)
	durable := uint64(0)
	for n := recipe(f) + 1; ; n++ {
		p.set(n)
		if now := recipe(f); now != durable {
			durable = now
			fmt.Println(durable) // it is on the disk
		}
	}
}

func TestAServerThatIsKilledLosesNothingThatWasOnTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.values")
	for round := range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PERSIST_COUNT="+path)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var last uint64
		for n := 0; n <= round && lines.Scan(); n++ {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatal(err)
			}
		}
		err = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if err != nil || stderr.Len() > 0 {
			t.Fatal(err, stderr.String())
		}
		f := open(t, path)
		v, _ := f.Value("twice", protocol.F64)
		if f.Notice() != nil || recipe(f) < last || v.Float() != float64(2*recipe(f)) {
			t.Errorf("%d was on the disk; now there are %d and %v, notice %v", last, recipe(f), v.Float(), f.Notice())
		}
		closeFile(t, f)
	}
}

func FuzzParseReadsBackWhatItTakes(f *testing.F) {
	f.Add([]byte(head + "\n"))
	f.Add([]byte(head + "\nrecipe u16 7\ntank.level f32 -1.5\n"))
	f.Add([]byte("recipe u16 7"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := parse(body); err == nil && !bytes.Contains(body, []byte(sumMark)) {
			t.Errorf("%q is taken without a checksum", body)
		}
		sum := sha256.Sum256(body)
		values, err := parse(fmt.Appendf(bytes.Clone(body), "%s%x\n", sumMark, sum))
		if err != nil {
			return
		}
		if again, err := parse(format(values)); err != nil || !maps.Equal(again, values) {
			t.Errorf("%q reads as %v, and then as %v, %v", body, values, again, err)
		}
	})
}
