package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/specs"
)

// gcodeFlags are the flags of all G-code commands.
type gcodeFlags struct {
	ini, vars, tools string
	folders          []string
	blockDelete      bool
	units            unitsFlag
}

func newGcode() *cobra.Command {
	f := &gcodeFlags{units: unitsFlag(gcode.Inches)}
	cmd := group(&cobra.Command{
		Use:   "gcode",
		Short: "Interpret G-code: find its mistakes, plan it, draw it, list what it asks for",
		Long: `Interpret G-code, LinuxCNC's RS-274: find its mistakes, plan how a machine runs it, draw the
tool's path, list what it asks the machine for. FILE may be - for standard input.

Subs that a program calls and does not have are looked for as name.ngc in the working
directory, in the folders of the ini file, and in those of --path.`,
		Example: `  linetwin gcode check part.ngc
  linetwin gcode plan part.ngc --limit XYZ=400mm/s,2m/s2,40m/s3
  linetwin gcode plot part.ngc --out part.svg
  linetwin gcode canon part.ngc --tool tool.tbl --var rs274ngc.var`,
	}, f.newCheck(), f.newPlan(), f.newRun(), f.newPlot(), f.newCanon())
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.ini, "ini", "", "LinuxCNC's ini `FILE`, for its [RS274NGC] and tool changes, and for plans what axes may do")
	flags.StringVar(&f.vars, "var", "", "LinuxCNC's parameter `FILE`")
	flags.StringVar(&f.tools, "tool", "", "LinuxCNC's tool table, a `FILE` (default: its sample of four tools)")
	flags.StringArrayVar(&f.folders, "path", nil, "look for subs in this `FOLDER`, too; may be given several times")
	flags.Var(&f.units, "units", "units of the tool table and of the lengths in parameters: mm or inch")
	flags.BoolVar(&f.blockDelete, "block-delete", false, "leave out lines that begin with a slash")
	return cmd
}

// unitsFlag is mm or inch.
type unitsFlag gcode.Units

func (f *unitsFlag) Set(s string) error {
	for _, u := range []gcode.Units{gcode.Millimetres, gcode.Inches} {
		if s == u.String() {
			*f = unitsFlag(u)
			return nil
		}
	}
	return fmt.Errorf("%q is no unit; write mm or inch", s)
}

func (f *unitsFlag) String() string { return gcode.Units(*f).String() }

func (f *unitsFlag) Type() string { return "UNIT" }

// config reads the files that the flags name.
func (f *gcodeFlags) config() (gcode.Config, error) {
	cfg, _, err := f.files()
	return cfg, err
}

// files reads the files that the flags name; without an ini file it is nil.
func (f *gcodeFlags) files() (cfg gcode.Config, ini *gcode.INI, err error) {
	cfg = gcode.Config{MachineUnits: gcode.Units(f.units), BlockDelete: f.blockDelete, Tools: gcode.SampleTools()}
	folders := []string{"."}
	if f.ini != "" {
		if ini, err = readFile(f.ini, gcode.ReadINI); err != nil {
			return cfg, nil, err
		}
		if err := ini.Configure(&cfg); err != nil {
			return cfg, ini, err
		}
		folders = append(folders, ini.Folders()...)
	}
	cfg.Find = gcode.Folders(append(folders, f.folders...)...)
	if f.vars != "" {
		if cfg.Parameters, err = readFile(f.vars, gcode.ReadParameters); err != nil {
			return cfg, ini, err
		}
	}
	if f.tools != "" {
		cfg.Tools, err = readFile(f.tools, gcode.ReadToolTable)
	}
	return cfg, ini, err
}

// readFile reads a file by a function that takes its name for errors.
func readFile[T any](name string, read func(string, io.Reader) (T, error)) (T, error) {
	file, err := os.Open(name)
	if err != nil {
		var none T
		return none, fileError(name, err)
	}
	defer file.Close()
	return read(name, file)
}

// fileError words what keeps a file from being read.
func fileError(name string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: there is no such file", name)
	}
	return err
}

// openProgram opens the program of a command line, and gives what closes it.
func openProgram(name string) (io.Reader, func() error, error) {
	if name == "-" {
		return os.Stdin, func() error { return nil }, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, fileError(name, err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, nil, errors.Join(fmt.Errorf("%s: is a folder, not a program", name), file.Close())
	}
	return file, file.Close, nil
}

func (f *gcodeFlags) newCheck() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Find the mistakes of a program",
		Long: `Find the mistakes of a program, each as file:line:column, what is wrong, and what would be
right; without any, say what the program does. Exit 0: none, 2: some.`,
		Example: `  linetwin gcode check part.ngc
  linetwin gcode check part.ngc --json`,
		Args: exactly(1, "one program"),
		RunE: func(_ *cobra.Command, args []string) error {
			summary, err := f.check(args[0])
			if asJSON {
				return printGcodeCheck(args[0], summary, err)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Printf("%s: ok, %s\n", args[0], summary)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// mostMistakes is how many are shown of a program.
const mostMistakes = 20

// check interprets a program to its end.
func (f *gcodeFlags) check(name string) (summary *gcodeSummary, err error) {
	cfg, err := f.config()
	if err != nil {
		return nil, err
	}
	program, closeProgram, err := openProgram(name)
	if err != nil {
		return nil, err
	}
	in := gcode.New(name, program, cfg)
	defer func() { err = errors.Join(err, in.Close(), closeProgram()) }()
	summary = &gcodeSummary{}
	var mistakes specs.Errors
	for {
		e, err := in.Next()
		var mistake *gcode.Error
		switch {
		case err == nil:
			summary.add(e)
			continue
		case errors.As(err, &mistake):
			one := specs.Error{File: mistake.File, Line: mistake.Line, Column: mistake.Column, Message: mistake.What}
			if !slices.Contains(mistakes, one) {
				mistakes = append(mistakes, one)
			}
			if len(mistakes) < mostMistakes && in.Resume() {
				continue
			}
		case !errors.Is(err, io.EOF):
			return nil, err
		}
		if len(mistakes) > 0 {
			return nil, mistakes
		}
		return summary, nil
	}
}

// gcodeSummary says what a program does.
type gcodeSummary struct {
	Traverses int        `json:"traverses"`
	Feeds     int        `json:"feeds"`
	Arcs      int        `json:"arcs"`
	Low       [3]float64 `json:"low_m"`
	High      [3]float64 `json:"high_m"`
	Tools     []int32    `json:"tools"`
	selected  int32
	at        [3]float64
}

func (s *gcodeSummary) add(e *gcode.Event) {
	switch e.Kind {
	case gcode.SelectTool:
		s.selected = e.Number
	case gcode.ChangeTool:
		if !slices.Contains(s.Tools, s.selected) {
			s.Tools = append(s.Tools, s.selected)
		}
	}
	if !e.Kind.Moves() {
		return
	}
	if s.Traverses+s.Feeds+s.Arcs == 0 {
		s.at = [3]float64(e.Motion.End[:3])
		s.Low, s.High = s.at, s.at
	}
	switch e.Kind {
	case gcode.Traverse:
		s.Traverses++
	case gcode.ArcFeed:
		s.Arcs++
	default:
		s.Feeds++
	}
	end := [3]float64(e.Motion.End[:3])
	low, high := end, end
	if e.Kind == gcode.ArcFeed {
		low, high = e.Motion.Extent(s.at)
	}
	for i := range s.Low {
		s.Low[i], s.High[i] = min(s.Low[i], low[i]), max(s.High[i], high[i])
	}
	s.at = end
}

// String is one line, in millimetres.
func (s *gcodeSummary) String() string {
	out := s.counts()
	if s.Traverses+s.Feeds+s.Arcs > 0 {
		for i, axis := range []string{"X", "Y", "Z"} {
			out += fmt.Sprintf(", %s %s to %s mm", axis, shortMillimetres(s.Low[i]), shortMillimetres(s.High[i]))
		}
	}
	if len(s.Tools) > 0 {
		var names []string
		for _, t := range s.Tools {
			names = append(names, strconv.Itoa(int(t)))
		}
		out += ", tools " + strings.Join(names, " ")
	}
	return out
}

// counts says how many moves there are.
func (s *gcodeSummary) counts() string {
	return fmt.Sprintf("%s, %s, %s", plural(uint64(s.Traverses), "traverse"), plural(uint64(s.Feeds), "feed"), plural(uint64(s.Arcs), "arc"))
}

// shortMillimetres has no more decimals than it needs, and three at most.
func shortMillimetres(m float64) string {
	return strconv.FormatFloat(math.Round(m*1e6)/1e3+0, 'f', -1, 64)
}

// printGcodeCheck prints one JSON document: whether it is right, what it does, the errors.
func printGcodeCheck(name string, s *gcodeSummary, err error) error {
	if printErr := printJSON(os.Stdout, struct {
		Program string        `json:"program"`
		OK      bool          `json:"ok"`
		Summary *gcodeSummary `json:"summary,omitempty"`
		Errors  specs.Errors  `json:"errors"`
	}{name, err == nil, s, faults(err)}); printErr != nil {
		return printErr
	}
	if err != nil {
		return &exitError{code: exitFault}
	}
	return nil
}

func (f *gcodeFlags) newCanon() *cobra.Command {
	return &cobra.Command{
		Use: "canon FILE", Short: "List what a program asks for, in the lines of rs274 -g",
		Long: `List what a program asks the machine for, one event a line, in the lines of LinuxCNC's
rs274 -g. What depends on the machine is answered as rs274 does without one, so that the
two can be compared: a probe never trips, and the tool table and parameters
are in inches unless --units says otherwise.`,
		Example: `  linetwin gcode canon part.ngc
  linetwin gcode canon part.ngc --ini machine.ini`,
		Args: exactly(1, "one program"),
		RunE: func(_ *cobra.Command, args []string) error { return f.canon(args[0]) },
	}
}

// canon prints events as lines. What came before a mistake is printed, too.
func (f *gcodeFlags) canon(name string) (err error) {
	cfg, err := f.config()
	if err != nil {
		return err
	}
	cfg.Machine = &gcode.Standalone{}
	program, closeProgram, err := openProgram(name)
	if err != nil {
		return err
	}
	in := gcode.New(name, program, cfg)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer func() { err = errors.Join(err, out.Flush(), in.Close(), closeProgram()) }()
	lines := gcode.NewCanonWriter(out)
	for {
		e, err := in.Next()
		if err == nil {
			err = lines.Write(e)
			if err == nil {
				continue
			}
			return err
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, lines.Trailer(f.ini != ""))
	}
}
