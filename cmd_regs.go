package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/client"
	"linetwin.dev/protocol/wire"
)

// regsFlags are the flags of all register commands.
type regsFlags struct {
	addr   addressFlag
	access accessFlags
	json   bool
}

func newRegs() *cobra.Command {
	f := &regsFlags{addr: defaultRegsAddr}
	cmd := group(&cobra.Command{
		Use:   "regs",
		Short: "Get, set, watch and list the registers of a running twin",
		Long: `Get, set, watch and list the registers of a twin that runs with --serve: what its
devices sense and are told, with unit, quality and the line time of the last change.`,
		Example: `  linetwin regs map
  linetwin regs get main.state belt.position
  linetwin regs watch main.state --every 1s
  linetwin regs set main.command 4`,
	}, f.newGet(), f.newSet(), f.newAdd(), f.newSwap(), f.newMap(), f.newWatch())
	cmd.PersistentFlags().Var(&f.addr, "addr", "where the register server is")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	f.access.add(cmd.PersistentFlags())
	return cmd
}

func (f *regsFlags) newGet() *cobra.Command {
	return &cobra.Command{
		Use: "get NAME...", Short: "Print registers: name, value, quality, line time of the last change",
		Example: "  linetwin regs get main.state belt.position",
		Args:    atLeast(1, "one register or more"),
		RunE: f.with(func(ctx context.Context, c *client.Client, names []string) error {
			rs, err := c.Get(ctx, names...)
			if err != nil {
				return err
			}
			return f.print(rs)
		}),
	}
}

func (f *regsFlags) newSet() *cobra.Command {
	return &cobra.Command{
		Use: "set NAME VALUE [NAME VALUE...]", Short: "Write registers that the map shows with access \"operator\" or \"engineer\"",
		Long: `Write registers that the map shows with access "operator" or "engineer": several at one
instant, all of them or none.`,
		Example: "  linetwin regs set main.command 4",
		Args:    pairs,
		RunE:    f.with(f.set),
	}
}

// pairs accepts one register with a value, or more.
func pairs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || len(args)%2 != 0 {
		return fmt.Errorf("%s takes a register and a value, or more such pairs, not %s; see %s --help", cmd.CommandPath(), plural(uint64(len(args)), "argument"), cmd.CommandPath())
	}
	return nil
}

func (f *regsFlags) newAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add NAME AMOUNT", Short: "Add to a register, and print what it held before",
		Example: "  linetwin regs add recipe.batch 1",
		Args:    exactly(2, "a register and an amount"),
		RunE: f.with(func(ctx context.Context, c *client.Client, args []string) error {
			v, err := c.Parse(ctx, args[0], args[1])
			if err != nil {
				return err
			}
			old, err := c.Add(ctx, args[0], v)
			if err != nil {
				return err
			}
			return f.held(old)
		}),
	}
}

func (f *regsFlags) newSwap() *cobra.Command {
	return &cobra.Command{
		Use: "swap NAME OLD NEW", Short: "Write a register if it holds OLD: nothing that another client did meanwhile is lost",
		Example: "  linetwin regs swap recipe.number 4 5",
		Args:    exactly(3, "a register, the value that it should hold, and the new one"),
		RunE:    f.with(f.swap),
	}
}

func (f *regsFlags) newMap() *cobra.Command {
	return &cobra.Command{
		Use: "map", Short: "List all registers: name, type, unit, access, meaning",
		Example: "  linetwin regs map",
		Args:    exactly(0, "no arguments"),
		RunE:    f.with(f.list),
	}
}

func (f *regsFlags) newWatch() *cobra.Command {
	every := timeFlag(100 * time.Millisecond)
	var band deadbandFlag
	cmd := &cobra.Command{
		Use: "watch NAME...", Short: "Print registers whenever they change, until Ctrl-C or the end of the run",
		Long: `Print registers whenever they change, until Ctrl-C or the end of the run. With --json,
each line is a document. A --deadband is a number in the register's unit, or a percentage
of the value that was printed last.`,
		Example: `  linetwin regs watch belt.position main.state --every 1s
  linetwin regs watch oven.temperature --deadband 0.5
  linetwin regs watch oven.temperature --deadband 2%`,
		Args: atLeast(1, "one register or more"),
		RunE: func(cmd *cobra.Command, names []string) error {
			ctx, stop := interruptible(cmd.Context(), func() {})
			defer stop()
			c, err := f.dial(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			return f.watch(ctx, c, names, wire.WatchSettings{Interval: time.Duration(every), Timed: true, Deadband: band.kind, Limit: band.limit})
		},
	}
	cmd.Flags().Var(&every, "every", "least time between two lines")
	cmd.Flags().Var(&band, "deadband", "print a number only when it has changed by more")
	return cmd
}

// answerWithin is how long a server may take to answer.
const answerWithin = 5 * time.Second

// with dials the server around a command that ends by itself.
func (f *regsFlags) with(do func(context.Context, *client.Client, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), answerWithin)
		defer cancel()
		c, err := f.dial(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return do(ctx, c, args)
	}
}

// dial connects to the register server.
func (f *regsFlags) dial(ctx context.Context) (*client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	token, err := f.access.secret()
	if err != nil {
		return nil, err
	}
	secure, err := f.access.tls()
	if err != nil {
		return nil, err
	}
	c, err := client.Dial(ctx, string(f.addr), client.WithName("linetwin regs"), client.WithToken(token), client.WithTLS(secure))
	var op *net.OpError
	switch opened := errors.As(err, &op) && op.Op != "dial"; {
	case opened && secure != nil && secure.Certificates == nil && strings.Contains(err.Error(), "certificate required"):
		return nil, fmt.Errorf("the register server at %s asks for a certificate; give it with --cert and --key", f.addr)
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return nil, fmt.Errorf("the certificate of %s is by nobody whom this machine knows; name who made it with --ca", f.addr)
	case errors.Is(err, io.EOF) && secure == nil:
		return nil, fmt.Errorf("%w; if the server encrypts, give --tls, or --ca with the file of who made its certificate", err)
	case errors.As(err, new(tls.RecordHeaderError)):
		return nil, fmt.Errorf("what answers at %s does not encrypt; leave out --tls, --ca and --cert: %w", f.addr, err)
	case op != nil && !opened:
		return nil, fmt.Errorf("no register server answers at %s: %w; start one with linetwin serve, or name another with --addr", f.addr, network(err))
	}
	return c, err
}

// reading is a register's value as JSON.
type reading struct {
	Name    string  `json:"name"`
	Value   any     `json:"value"`
	Unit    string  `json:"unit,omitempty"`
	Quality string  `json:"quality"`
	TimeS   float64 `json:"time_s"`
}

func jsonReading(r client.Reading) reading {
	out := reading{Name: r.Name, Unit: r.Unit, Quality: r.Quality.String(), TimeS: r.Time.Seconds()}
	switch {
	case r.Type == protocol.Bool:
		out.Value = r.Value.Bool()
	default:
		out.Value = json.Number(r.Format())
		if n := r.Value.Number(r.Type); n-n != 0 { // JSON has no infinities and no NaN
			out.Value = r.Format()
		}
	}
	return out
}

// shown is a value for people: without the last digits of a float64, which are those of
// its rounding.
func shown(r client.Reading) string {
	if r.Type == protocol.F64 {
		return strconv.FormatFloat(r.Value.Float(), 'g', 12, 64)
	}
	return r.Format()
}

func (f *regsFlags) print(rs []client.Reading) error {
	if f.json {
		all := make([]reading, len(rs))
		for i, r := range rs {
			all[i] = jsonReading(r)
		}
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, strings.TrimSpace(shown(r)+" "+r.Unit), r.Quality, r.Time.Round(time.Microsecond))
	}
	return w.Flush()
}

// held prints what a register held before a change: since when is not known.
func (f *regsFlags) held(r client.Reading) error {
	if f.json {
		type undated struct {
			reading
			TimeS *float64 `json:"time_s,omitempty"` // hides the reading's
		}
		return json.NewEncoder(os.Stdout).Encode([]undated{{reading: jsonReading(r)}})
	}
	_, err := fmt.Printf("%s  %s  %s\n", r.Name, strings.TrimSpace(shown(r)+" "+r.Unit), r.Quality)
	return err
}

// set says with --json what was written; else, as is the custom, nothing.
func (f *regsFlags) set(ctx context.Context, c *client.Client, args []string) error {
	if len(args) == 2 {
		if err := c.Set(ctx, args[0], args[1]); err != nil || !f.json {
			return err
		}
		return printJSON(os.Stdout, written{args[0], args[1]})
	}
	var changes []client.Change
	var all []written
	for p := range slices.Chunk(args, 2) {
		v, err := c.Parse(ctx, p[0], p[1])
		if err != nil {
			return err
		}
		changes, all = append(changes, client.Change{Name: p[0], Value: v}), append(all, written{p[0], p[1]})
	}
	if _, err := c.Transact(ctx, changes); err != nil || !f.json {
		return err
	}
	return printJSON(os.Stdout, all)
}

// written is a register that was written, as JSON.
type written struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (f *regsFlags) swap(ctx context.Context, c *client.Client, args []string) error {
	from, err := c.Parse(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	to, err := c.Parse(ctx, args[0], args[2])
	if err != nil {
		return err
	}
	done, err := c.CompareAndSet(ctx, args[0], from, to)
	switch {
	case err != nil:
		return err
	case !done:
		return fmt.Errorf("register %q does not hold %s, so it was not written; linetwin regs get %s shows what it holds", args[0], args[1], args[0])
	case f.json:
		return printJSON(os.Stdout, written{args[0], args[2]})
	}
	return nil
}

func (f *regsFlags) watch(ctx context.Context, c *client.Client, names []string, set wire.WatchSettings) error {
	watched := false
	err := c.WatchWith(ctx, names, set, func(u client.Update) {
		watched = true
		// What cannot be printed shows when the pipe's other end is gone: the next
		// write ends the program.
		_ = f.print(u.Changes)
	})
	switch {
	case ctx.Err() != nil:
		return nil
	case watched && errors.Is(err, protocol.Busy) && strings.Contains(err.Error(), "shuts down"): // and not: kicked
		fmt.Fprintln(os.Stderr, "the run has ended")
		return nil
	}
	return err
}

func (f *regsFlags) list(ctx context.Context, c *client.Client, _ []string) error {
	infos, err := c.Map(ctx)
	if err != nil {
		return err
	}
	if f.json {
		type entry struct {
			Name   string `json:"name"`
			Type   string `json:"type"`
			Unit   string `json:"unit,omitempty"`
			Access string `json:"access"`
			Doc    string `json:"doc"`
		}
		all := make([]entry, len(infos))
		for i, r := range infos {
			all[i] = entry{r.Name, r.Type.String(), r.Unit, r.Access.String(), r.Doc}
		}
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range infos {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Name, r.Type, r.Unit, r.Access, r.Doc)
	}
	return w.Flush()
}
