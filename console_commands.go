package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/antzucaro/matchr"

	"linetwin.dev/protocol/console"
	"linetwin.dev/specs"
)

// consoleCommand is what can be said to a console.
type consoleCommand struct {
	name, args, what string
	method           string // that it calls
	least, most      int    // arguments; most < 0 for any number
	do               func(s *consoleSession, ctx context.Context, args []string) error
}

// usage is the command as one writes it.
func (c *consoleCommand) usage() string { return strings.TrimSpace(c.name + " " + c.args) }

// consoleCommands are all of them, in the order in which help lists them.
func consoleCommands() []consoleCommand {
	return []consoleCommand{
		{"health", "", "whether the server is well", console.MethodHealth, 0, 0, (*consoleSession).health},
		{"stats", "", "totals since the server began", console.MethodStats, 0, 0, (*consoleSession).stats},
		{"clients", "", "who is connected, and what each does within a second", console.MethodClients, 0, 0, (*consoleSession).clients},
		{"trace", "ID", "one client's messages in words, until Ctrl-C", console.MethodTrace, 1, 1, (*consoleSession).trace},
		{"kick", "ID [REASON]", "end a client's connection", console.MethodKick, 1, -1, (*consoleSession).kick},
		{"map", "[PATTERN]", "registers: those with PATTERN in the name, or that fit it, as belt.*", console.MethodMap, 0, 1, (*consoleSession).list},
		{"get", "NAME...", "values, with quality and the line time of the last change", console.MethodGet, 1, -1, (*consoleSession).get},
		{"set", "NAME VALUE...", "write registers, all at one instant or none", console.MethodSet, 2, -1, (*consoleSession).set},
		{"watch", "NAME... [every TIME]", "values whenever they change, until Ctrl-C", console.MethodWatch, 1, -1, (*consoleSession).watch},
		{"log", "[LEVEL]", "the level of the server's log: debug, info, warn, error", console.MethodLogLevel, 0, 1, (*consoleSession).log},
		{"config", "[PATH]", "settings: all, or those below PATH, as limits.idle", console.MethodConfig, 0, 1, (*consoleSession).config},
		{"reload", "", "read the configuration again", console.MethodReload, 0, 0, (*consoleSession).reload},
		{"help", "", "this list", "", 0, 0, (*consoleSession).help},
		{"quit", "", "leave; Ctrl-D does too", "", 0, 0, func(*consoleSession, context.Context, []string) error { return errQuit }},
	}
}

// errQuit ends a console.
var errQuit = errors.New("quit")

// consoleHelp lists the commands, those that may not be called behind the others.
func consoleHelp(may []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	var others []string
	for _, c := range consoleCommands() {
		if may != nil && c.method != "" && !slices.Contains(may, c.method) {
			others = append(others, c.name)
			continue
		}
		fmt.Fprintf(w, "  %s\t%s\n", c.usage(), c.what)
	}
	w.Flush() // into memory
	if len(others) > 0 {
		fmt.Fprintf(&b, "Your role does not allow: %s\n", strings.Join(others, ", "))
	}
	return b.String()
}

// findConsoleCommand finds what the words call, and judges the number of arguments.
func findConsoleCommand(words []string) (consoleCommand, error) {
	best, distance := "", min(3, 1+len(words[0])/2)
	for _, c := range consoleCommands() {
		if c.name == words[0] {
			if n := len(words) - 1; n < c.least || c.most >= 0 && n > c.most {
				return c, fmt.Errorf("%s: write %s", c.name, c.usage())
			}
			return c, nil
		}
		if d := matchr.OSA(words[0], c.name); d < distance {
			best, distance = c.name, d
		}
	}
	if best != "" {
		return consoleCommand{}, fmt.Errorf("there is no command %q; did you mean %q?", words[0], best)
	}
	return consoleCommand{}, fmt.Errorf("there is no command %q; help lists them", words[0])
}

// do carries out a command. All but trace and watch must be answered soon.
func (s *consoleSession) do(ctx context.Context, words []string) error {
	c, err := findConsoleCommand(words)
	if err != nil {
		return err
	}
	return c.do(s, ctx, words[1:])
}

// soon bounds how long an answer is waited for: longer than the server waits for the line.
func soon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*answerWithin)
}

// answered words the error of a call.
func answered(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the server has not answered within %v", 2*answerWithin)
	}
	return err
}

// ask makes a call and prints the answer: as a document, or with view.
func ask[R any](ctx context.Context, s *consoleSession, call func(context.Context) (R, error), view func(R) error) error {
	ctx, cancel := soon(ctx)
	defer cancel()
	r, err := call(ctx)
	switch {
	case err != nil:
		return answered(err)
	case s.json:
		return printJSON(s.out, r)
	}
	return view(r)
}

func (s *consoleSession) help(context.Context, []string) error {
	_, err := fmt.Fprint(s.out, consoleHelp(s.hello.Methods))
	return err
}

func (s *consoleSession) health(ctx context.Context, _ []string) error {
	return ask(ctx, s, s.client.Health, s.viewHealth)
}

func (s *consoleSession) stats(ctx context.Context, _ []string) error {
	return ask(ctx, s, s.client.Stats, s.viewStats)
}

func (s *consoleSession) list(ctx context.Context, args []string) error {
	pattern := strings.Join(args, "")
	return ask(ctx, s, func(ctx context.Context) ([]console.Register, error) {
		all, err := s.client.Map(ctx, pattern)
		if err == nil && len(all) == 0 {
			return nil, fmt.Errorf("no register fits %q", pattern)
		}
		return all, err
	}, s.viewMap)
}

func (s *consoleSession) get(ctx context.Context, names []string) error {
	return ask(ctx, s, func(ctx context.Context) ([]console.Reading, error) { return s.client.Get(ctx, names...) }, s.viewReadings)
}

func (s *consoleSession) set(ctx context.Context, args []string) error {
	if len(args)%2 != 0 {
		return errors.New("set: write set NAME VALUE..., a value for each register")
	}
	values := make(map[string]string)
	for pair := range slices.Chunk(args, 2) {
		if _, twice := values[pair[0]]; twice {
			return fmt.Errorf("set: register %q is there twice", pair[0])
		}
		values[pair[0]] = pair[1]
	}
	return ask(ctx, s, func(ctx context.Context) ([]console.Reading, error) { return s.client.Set(ctx, values) }, s.viewReadings)
}

func (s *consoleSession) watch(ctx context.Context, args []string) error {
	every := 100 * time.Millisecond
	if n := len(args); n > 2 && args[n-2] == "every" {
		d, err := specs.ParseDuration(args[n-1])
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		every, args = time.Duration(d), args[:n-2]
	}
	return s.untilStopped(ctx, func(ctx context.Context) error {
		return s.client.Watch(ctx, args, every, func(rs []console.Reading) {
			// What cannot be printed shows when the pipe's other end is gone: the next
			// write ends the program.
			if s.json {
				_ = printLine(s.out, rs)
			} else {
				_ = s.viewReadings(rs)
			}
		})
	})
}

func (s *consoleSession) trace(ctx context.Context, args []string) error {
	id, err := clientID(args[0])
	if err != nil {
		return err
	}
	err = s.untilStopped(ctx, func(ctx context.Context) error {
		err := s.client.Trace(ctx, id, func(f console.Frames) {
			if s.json {
				_ = printLine(s.out, f) // as above
			} else {
				_ = s.viewFrames(f)
			}
		})
		if err == nil {
			s.say("client %d is gone", id)
		}
		return err
	})
	return err
}

// untilStopped runs what goes on until Ctrl-C, or Enter at the prompt, which is its usual
// end.
func (s *consoleSession) untilStopped(ctx context.Context, run func(context.Context) error) error {
	running, cancel := context.WithCancel(ctx)
	var keys sync.WaitGroup
	if s.typed != nil {
		keys.Go(func() {
			for {
				select {
				case b := <-s.typed:
					if b == nil || bytes.ContainsAny(b, "\r\n") {
						cancel()
						return
					}
				case <-running.Done():
					return
				}
			}
		})
	}
	err := run(running)
	stopped := running.Err() != nil && errors.Is(err, context.Canceled)
	cancel()
	keys.Wait() // what is typed from now on is the prompt's
	if !stopped {
		return err
	}
	if s.typed != nil && ctx.Err() != nil {
		s.say("") // behind the ^C that the terminal shows
	}
	return nil
}

func clientID(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not the id of a client; clients lists them", text)
	}
	return id, nil
}

func (s *consoleSession) kick(ctx context.Context, args []string) error {
	id, err := clientID(args[0])
	if err != nil {
		return err
	}
	reason := strings.Join(args[1:], " ")
	type kicked struct {
		ID     uint64 `json:"id"`
		Reason string `json:"reason"`
	}
	return ask(ctx, s, func(ctx context.Context) (kicked, error) {
		return kicked{id, reason}, s.client.Kick(ctx, id, reason)
	}, func(kicked) error {
		s.say("client %d has been sent away", id)
		return nil
	})
}

func (s *consoleSession) log(ctx context.Context, args []string) error {
	return ask(ctx, s, func(ctx context.Context) (console.Level, error) {
		return s.client.LogLevel(ctx, strings.Join(args, ""))
	}, func(l console.Level) error {
		if l.Level == l.Was {
			s.say("the log is at %s", l.Level)
		} else {
			s.say("the log is at %s now; it was at %s", l.Level, l.Was)
		}
		return nil
	})
}

func (s *consoleSession) config(ctx context.Context, args []string) error {
	return ask(ctx, s, func(ctx context.Context) ([]console.Setting, error) {
		return s.client.Config(ctx, strings.Join(args, ""))
	}, s.viewSettings)
}

func (s *consoleSession) reload(ctx context.Context, _ []string) error {
	return ask(ctx, s, s.client.Reload, s.viewReloaded)
}

// clients asks twice, a second apart, for the rates.
func (s *consoleSession) clients(ctx context.Context, _ []string) error {
	return ask(ctx, s, func(ctx context.Context) ([]clientRates, error) {
		before, then, err := s.client.Clients(ctx)
		if err != nil || len(before) == 0 {
			return []clientRates{}, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		after, now, err := s.client.Clients(ctx)
		return ratesOf(before, after, now-then), err
	}, s.viewClients)
}

// say prints one line for people.
func (s *consoleSession) say(format string, args ...any) {
	// What cannot be printed shows when the pipe's other end is gone.
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}
