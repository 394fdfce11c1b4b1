package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/client"
)

// regsFlags are the flags of all register commands.
type regsFlags struct {
	addr string
	json bool
}

func newRegs() *cobra.Command {
	f := &regsFlags{}
	cmd := &cobra.Command{Use: "regs", Short: "Get, set, watch and list the registers of a running twin"}
	cmd.PersistentFlags().StringVar(&f.addr, "addr", defaultRegsAddr, "the register server")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	var every time.Duration
	watch := &cobra.Command{
		Use: "watch NAME...", Short: "Print registers whenever they change, until Ctrl-C",
		Args: atLeast(1, "one register or more"),
		RunE: f.with(func(ctx context.Context, c *client.Client, args []string) error { return f.watch(ctx, c, args, every) }),
	}
	watch.Flags().DurationVar(&every, "every", 100*time.Millisecond, "the least time between two lines")
	cmd.AddCommand(
		&cobra.Command{Use: "get NAME...", Short: "Print registers", Args: atLeast(1, "one register or more"), RunE: f.with(f.get)},
		&cobra.Command{Use: "set NAME VALUE", Short: "Write a register", Args: exactly(2, "a register and a value"), RunE: f.with(f.set)},
		&cobra.Command{Use: "map", Short: "List all registers", Args: exactly(0, "no arguments"), RunE: f.with(f.list)},
		watch,
	)
	return cmd
}

// with dials the server around a command.
func (f *regsFlags) with(do func(context.Context, *client.Client, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
		defer cancel()
		c, err := client.Dial(ctx, f.addr)
		if err != nil {
			return fmt.Errorf("%w; is a twin running with --serve? name its address with --addr", err)
		}
		defer c.Close()
		return do(cmd.Context(), c, args)
	}
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, strings.TrimSpace(r.Format()+" "+r.Unit), r.Quality, r.Time)
	}
	return w.Flush()
}

func (f *regsFlags) get(ctx context.Context, c *client.Client, names []string) error {
	rs, err := c.Get(ctx, names...)
	if err != nil {
		return err
	}
	return f.print(rs)
}

func (f *regsFlags) set(ctx context.Context, c *client.Client, args []string) error {
	return c.Set(ctx, args[0], args[1])
}

func (f *regsFlags) watch(ctx context.Context, c *client.Client, names []string, every time.Duration) error {
	err := c.Watch(ctx, names, every, func(u client.Update) {
		// What cannot be printed shows when the pipe's other end is gone: the next
		// write ends the program.
		_ = f.print(u.Changes)
	})
	if errors.Is(err, context.Canceled) || ctx.Err() != nil {
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
