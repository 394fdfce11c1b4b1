package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// keyboard reads the terminal for the prompt, and for what Enter ends, by turns, so that
// no key is lost between the two.
type keyboard struct {
	bytes chan []byte
	rest  []byte
}

func newKeyboard(in io.Reader) *keyboard {
	k := &keyboard{bytes: make(chan []byte)}
	go func() {
		defer close(k.bytes)
		for {
			b := make([]byte, 256)
			n, err := in.Read(b)
			if n > 0 {
				k.bytes <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	return k
}

// Read gives the line editor what is typed. Ctrl-C empties the line instead of leaving.
func (k *keyboard) Read(b []byte) (int, error) {
	if len(k.rest) == 0 {
		var ok bool
		if k.rest, ok = <-k.bytes; !ok {
			return 0, io.EOF
		}
	}
	n := copy(b, k.rest)
	k.rest = k.rest[n:]
	const ctrlC, ctrlU = 3, 21
	for i := range b[:n] {
		if b[i] == ctrlC {
			b[i] = ctrlU
		}
	}
	return n, nil
}

// terminal is what the line editor reads and writes.
type terminal struct {
	io.Reader
	io.Writer
}

// prompt reads commands from a terminal until quit or Ctrl-D. An error is told and does
// not end it; a connection that is lost is made again with the next command.
func (s *consoleSession) prompt(ctx context.Context) error {
	screen := os.Stdout
	if !term.IsTerminal(int(screen.Fd())) { // the answers go to a file or a pipe
		screen = os.Stderr
	}
	keys := newKeyboard(os.Stdin)
	editor := term.NewTerminal(terminal{keys, screen}, s.promptText())
	names := s.names(ctx)
	editor.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' || pos != len(line) {
			return "", 0, false
		}
		line = complete(line, names)
		return line, len(line), true
	}
	fmt.Fprintf(screen, "linetwin %s at %s: %s; you are %s (%s).\n", dash(clean(s.hello.Version)), s.address, plural(uint64(s.hello.Registers), "register"), dash(clean(s.hello.Name)), s.hello.Access)
	fmt.Fprintln(screen, "help lists the commands, Tab completes, Ctrl-D leaves.")
	for {
		line, err := readLine(editor)
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(screen)
			return nil
		}
		if err != nil && !errors.Is(err, term.ErrPasteIndicator) {
			return err
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "exit" {
			words[0] = "quit"
		}
		switch err := s.atPrompt(ctx, keys, words); {
		case errors.Is(err, errQuit):
			return nil
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (s *consoleSession) promptText() string {
	_, host, _ := strings.Cut(s.address, "://")
	return host + "> "
}

// readLine reads a line with the terminal in raw mode; what runs between two lines has
// the usual one, so that Ctrl-C is a signal.
func readLine(editor *term.Terminal) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(fd, before) }()
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = editor.SetSize(width, height) // it repaints a line that is being edited; there is none
	}
	return editor.ReadLine()
}

// atPrompt carries out a command. Enter ends what goes on, as Ctrl-C does.
func (s *consoleSession) atPrompt(ctx context.Context, keys *keyboard, words []string) error {
	if _, err := findConsoleCommand(words); err != nil {
		return err
	}
	select {
	case <-s.client.Done():
		s.client.Close()
		if err := s.dial(ctx); err != nil {
			return err
		}
		s.say("connected again")
	default:
	}
	s.typed = keys.bytes
	err := s.interruptibly(ctx, words)
	var ee *exitError
	if errors.As(err, &ee) {
		return errors.New("interrupted")
	}
	return err
}

// names are those of the commands and registers, for Tab. Without them it does less.
func (s *consoleSession) names(ctx context.Context) (names []string) {
	ctx, cancel := soon(ctx)
	defer cancel()
	const enough = 10_000 // registers whose names are fetched for that
	if s.hello.Registers > enough {
		return nil
	}
	all, err := s.client.Map(ctx, "")
	if err != nil {
		return nil
	}
	for _, r := range all {
		names = append(names, r.Name)
	}
	return names
}

// complete writes on at a line's last word as far as there is only one way.
func complete(line string, registers []string) string {
	head, word := "", line
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		head, word = line[:i+1], line[i+1:]
	}
	candidates := registers
	if head == "" {
		candidates = nil
		for _, c := range consoleCommands() {
			candidates = append(candidates, c.name)
		}
	}
	common, found := "", 0
	for _, c := range candidates {
		if !strings.HasPrefix(c, word) {
			continue
		}
		if found++; found == 1 {
			common = c
			continue
		}
		for !strings.HasPrefix(c, common) {
			common = common[:len(common)-1]
		}
	}
	switch found {
	case 0:
		return line
	case 1:
		return head + common + " "
	}
	return head + common
}
