package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/console"
)

// consoleFlags are the flags of the console.
type consoleFlags struct {
	access accessFlags
	json   bool
}

func newConsole() *cobra.Command {
	f := &consoleFlags{}
	cmd := &cobra.Command{
		Use:   "console [ADDR] [COMMAND...]",
		Short: "Look into a running register server, and steer it",
		Long: `Look into a running register server, and steer it: its clients and their rates,
registers, one client's messages in words, the log, the configuration, health.

ADDR is where its pages are, ` + defaultHTTPAddr + ` if it is left out; or an http:// or https://
address. With a command it prints the answer and ends. Without one it shows a prompt, or
reads commands from standard input, one each line, up to the first that fails. The role
decides which ones are allowed.

Commands:
` + consoleHelp(nil),
		Example: `  linetwin console
  linetwin console 10.0.0.5:8117 clients
  linetwin console watch main.state belt.position every 1s
  linetwin console https://twin.plant.example set servo.gain 0.75 --token-file gain.token`,
		Args: func(cmd *cobra.Command, args []string) error {
			_, _, err := f.parse(cmd, args)
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			address, command, err := f.parse(cmd, args)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), address, command)
		},
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON: a document for each answer")
	f.access.add(cmd.Flags())
	// What comes after the address belongs to the command, as the -5 of set servo.gain -5.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// number finds arguments that look like flags and are none.
var number = regexp.MustCompile(`^-[.0-9]|^-Inf$`)

// parse takes the flags out of the arguments, also those behind the address, and splits
// the others into the address of the server and a command.
func (f *consoleFlags) parse(cmd *cobra.Command, args []string) (address string, command []string, err error) {
	if args, err = flagsAmong(cmd, args); err != nil {
		return "", nil, err
	}
	if help, err := cmd.Flags().GetBool("help"); err == nil && help {
		return "", nil, pflag.ErrHelp
	}
	address, command, err = consoleArgs(args)
	if err == nil && len(command) > 0 {
		_, err = findConsoleCommand(command)
	}
	return address, command, err
}

func flagsAmong(cmd *cobra.Command, args []string) ([]string, error) {
	const mark = "\x00" // no argument has one
	held := make([]string, len(args))
	for i, a := range args {
		if held[i] = a; number.MatchString(a) {
			held[i] = mark + a
		}
	}
	flags := cmd.Flags()
	flags.SetInterspersed(true)
	if err := flags.Parse(held); err != nil {
		return nil, flagError(cmd, err)
	}
	rest := flags.Args()
	for i := range rest {
		rest[i] = strings.TrimPrefix(rest[i], mark)
	}
	return rest, nil
}

// consoleArgs are the address, or the usual one, and the command behind it.
func consoleArgs(args []string) (address string, command []string, err error) {
	address = "http://" + defaultHTTPAddr
	if len(args) == 0 {
		return address, nil, nil
	}
	first := args[0]
	switch host, port, err := net.SplitHostPort(first); {
	case strings.HasPrefix(first, "http://"), strings.HasPrefix(first, "https://"):
		u, err := url.Parse(first)
		if err != nil || u.Host == "" {
			return "", nil, fmt.Errorf("%q is not an address; write as in http://%s", first, defaultHTTPAddr)
		}
		return first, args[1:], nil
	case err == nil:
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", nil, fmt.Errorf("%q is not an address; write HOST:PORT, as in %s", first, defaultHTTPAddr)
		}
		return "http://" + net.JoinHostPort(host, port), args[1:], nil
	case strings.ContainsAny(first, ".:/"):
		return "", nil, fmt.Errorf("%q is not an address; write HOST:PORT, as in %s", first, defaultHTTPAddr)
	}
	return address, args, nil
}

// run is the console after the command line has been read.
func (f *consoleFlags) run(ctx context.Context, address string, command []string) error {
	s := &consoleSession{out: os.Stdout, json: f.json}
	if err := s.reach(f, address); err != nil {
		return err
	}
	if err := s.dial(ctx); err != nil {
		return err
	}
	defer func() { s.client.Close() }()
	switch {
	case len(command) > 0:
		return s.interruptibly(ctx, command)
	case term.IsTerminal(int(os.Stdin.Fd())) && !f.json:
		return s.prompt(ctx)
	}
	return s.script(ctx, os.Stdin)
}

// consoleSession is a console that is connected.
type consoleSession struct {
	out     io.Writer
	json    bool
	address string
	options console.DialOptions
	client  *console.Client
	hello   console.Hello
	// typed is what is typed at a terminal; nil away from one.
	typed <-chan []byte
}

// reach notes where the server is, and what is shown to it.
func (s *consoleSession) reach(f *consoleFlags, address string) error {
	token, err := f.access.secret()
	if err != nil {
		return err
	}
	config, err := f.access.tls()
	if err != nil {
		return err
	}
	if config != nil {
		address = strings.Replace(address, "http://", "https://", 1)
	}
	s.address, s.options = address, console.DialOptions{Token: token, TLS: config}
	return nil
}

// dial connects, and asks what this console may do.
func (s *consoleSession) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	c, err := console.Dial(ctx, s.address, s.options)
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no console answers at %s within %v", s.address, answerWithin)
	case errors.As(err, &op):
		return fmt.Errorf("no console answers at %s: %w; start one with linetwin serve, or name the address of another", s.address, network(err))
	case errors.Is(err, protocol.NotAuthorised):
		return fmt.Errorf("the server at %s does not know this token; give the right one with --token, --token-file or LINETWIN_TOKEN", s.address)
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return fmt.Errorf("the certificate of %s is by nobody whom this machine knows; name who made it with --ca", s.address)
	case err != nil:
		return err
	}
	s.hello, err = c.Hello(ctx)
	if err == nil {
		s.client = c
		return nil
	}
	c.Close()
	if errors.Is(err, protocol.NotAuthorised) {
		return fmt.Errorf("the server at %s wants a token; give it with --token, --token-file or LINETWIN_TOKEN", s.address)
	}
	return err
}

// interruptibly carries out one command, which Ctrl-C ends.
func (s *consoleSession) interruptibly(ctx context.Context, words []string) error {
	ctx, stop := interruptible(ctx, func() {})
	defer stop()
	err := s.do(ctx, words)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return &exitError{code: interrupted(ctx)}
	}
	return err
}

// script carries out the commands of a text, one each line, up to the first that fails.
func (s *consoleSession) script(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "quit" || words[0] == "exit" {
			return nil
		}
		if err := s.interruptibly(ctx, words); err != nil {
			var ee *exitError
			if errors.As(err, &ee) {
				return err
			}
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return nil
}
