package recogniser

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"
)

// tail keeps the last bytes of what is written to it. Its methods may be called
// concurrently.
type tail struct {
	mu   sync.Mutex
	kept []byte
	cut  bool // something came before what is kept
}

// tailSize is how much of a recogniser's standard error is kept.
const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if over := len(p) - tailSize; over > 0 {
		p, t.kept, t.cut = p[over:], t.kept[:0], true
	}
	if over := len(t.kept) + len(p) - tailSize; over > 0 {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
	t.kept = append(t.kept, p...)
	return n, nil
}

// words are the last lines that are kept, as one line for a message: at most some
// hundred bytes of printable text.
func (t *tail) words() string {
	t.mu.Lock()
	kept, cut := bytes.Clone(t.kept), t.cut
	t.mu.Unlock()
	if i := bytes.IndexByte(kept, '\n'); cut && i >= 0 && i < len(kept)-1 {
		kept = kept[i+1:] // what is left of a line says little
	}
	var lines []string
	for line := range strings.SplitSeq(strings.ToValidUTF8(string(kept), "?"), "\n") {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, line))
		if line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, " / ")
	const most = 600
	if len(text) > most {
		text = text[len(text)-most:]
		for len(text) > 0 && !utf8.RuneStart(text[0]) {
			text = text[1:]
		}
		text = "..." + text
	}
	return text
}
