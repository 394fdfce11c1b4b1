// Linetwin runs a declarative digital twin of a production line: simulated, or with
// real devices in the loop. This is its command line: it parses, composes and exits.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/hil/realtime"
	"linetwin.dev/vision/window"
)

func main() {
	realtime.Main(servoLoops()) // a servo process does not come back from here
	// Only the main thread may open windows: the command runs beside it.
	os.Exit(window.Main(func() int { return execute(os.Args[1:]) }))
}

// execute runs one command line and returns the exit code.
func execute(args []string) int {
	root := newRoot()
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	return report(cmd, err)
}

func newRoot() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "linetwin",
		Short: "A digital twin of a production line: simulate it, test it, run it",
		Long: `A digital twin of a production line: simulate it, test it, run it.

A SCENARIO is a folder or a file of CUE that says what a line is, what happens on it
and what is expected of it. A RUN is the folder that a run leaves.`,
		Example: `  linetwin check scenarios/bottling
  linetwin run scenarios/bottling
  linetwin run scenarios/bottling --seed 2 --until 60s
  linetwin compare runs/bottling-1 runs/bottling-2
  linetwin serve scenarios/bottling`,
		Version:       bench.ReadBuild().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}, newRun(), newCheck(), newReplay(), newCompare(), newRegs(), newServe(), newConsole(), newVision(), newModel(), newGcode(), newBench())
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetVersionTemplate("linetwin {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(helpTemplate)
	return root
}

// helpTemplate is what --help prints of a command.
const helpTemplate = `{{or .Long .Short | trimTrailingWhitespaces}}

Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{- if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 92 | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

Flags of {{.Parent.CommandPath}}:
{{.InheritedFlags.FlagUsagesWrapped 92 | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableSubCommands}}

{{.CommandPath}} COMMAND --help says more about a command.{{end}}
`

// group makes a command that stands for those below it.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(below...)
	cmd.Args = cobra.ArbitraryArgs
	// A flag of a command that is misspelt is not what is wrong with the line.
	cmd.FParseErrWhitelist.UnknownFlags = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && !cmd.HasParent() {
			return cmd.Help()
		}
		var names []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
		}
		if len(args) == 0 {
			return fmt.Errorf("%s takes a command: %s; see %s --help", cmd.CommandPath(), strings.Join(names, ", "), cmd.CommandPath())
		}
		hint := "its commands are " + strings.Join(names, ", ")
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		}
		return fmt.Errorf("%s has no command %q; %s", cmd.CommandPath(), args[0], hint)
	}
	return cmd
}

// exactly wants n arguments, and says which.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%s takes %s, not %s; see %s --help", cmd.CommandPath(), what, plural(uint64(len(args)), "argument"), cmd.CommandPath())
		}
		return nil
	}
}

// atLeast wants n arguments or more, and says which.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return fmt.Errorf("%s takes %s; see %s --help", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
