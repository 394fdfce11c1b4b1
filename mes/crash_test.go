package mes_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"linetwin.dev/mes"
)

// TestMain makes the test binary its own victim: with MES_VICTIM set it makes
// parts and pictures, and says so, until it is killed.
func TestMain(m *testing.M) {
	path, mode := os.Getenv("MES_VICTIM"), os.Getenv("MES_VICTIM_MODE")
	if path == "" {
		os.Exit(m.Run())
	}
	if err := victim(path, mode == "durable"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func victim(path string, durable bool) error {
	c := line
	c.Durable = durable
	m, err := mes.Open(path, c)
	if err != nil {
		return err
	}
	for i := uint64(1); ; i++ {
		now := time.Duration(i) * time.Second
		state := "Execute"
		if i%3 == 0 {
			state = "Held"
		}
		if err := m.State(now, state); err != nil {
			return err
		}
		if err := m.Complete(now, mes.Part{Track: i, Serial: i, Product: "still", Good: true, Steps: []mes.Step{{Station: "inspect", At: now, Measures: inspected(int(i))}}}); err != nil {
			return err
		}
		if err := m.Attach(i, seen(int(i), now)); err != nil {
			return err
		}
		if !durable && i%10 == 0 {
			if err := m.Flush(); err != nil {
				return err
			}
		}
		fmt.Println(i)
	}
}

func TestAKilledProcessLeavesAConsistentFileAndADurableOneLosesNoPartOrPicture(t *testing.T) {
	for _, mode := range []string{"durable", "batched"} {
		t.Run(mode, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mes.db")
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "MES_VICTIM="+path, "MES_VICTIM_MODE="+mode)
			child.Stderr = os.Stderr
			out, err := child.StdoutPipe()
			must(t, err)
			must(t, child.Start())
			said := int64(0)
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				said++
				if said == 100 {
					must(t, child.Process.Kill())
				}
			}
			if err := child.Wait(); err == nil || said < 100 {
				t.Fatalf("the victim ended by itself after %d parts: %v", said, err)
			}

			m, err := mes.Open(path, line)
			must(t, err)
			defer m.Close()
			must(t, m.Check())
			least := said
			if mode == "batched" {
				least = said / 10 * 10 // those up to the last Flush that was acknowledged
			}
			if got := m.Snapshot().Total.Good; got < least {
				t.Errorf("%d parts of at least %d survived", got, least)
			}
			measuresAreWhole(t, m)
			for i := range least {
				if p, err := m.Picture(i + 1); err != nil || !bytes.Equal(p.Data, photo(int(i+1))) {
					t.Errorf("picture %d of at least %d: %v", i+1, least, err)
				}
			}
			must(t, m.Complete(0, mes.Part{Track: 1, Product: "still", Good: true}))
			must(t, m.Check())
		})
	}
}
