package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"linetwin.dev/kinematics/cnc"
	"linetwin.dev/kinematics/gcode"
	"linetwin.dev/kinematics/gcode/plot"
	"linetwin.dev/kinematics/path"
	"linetwin.dev/specs"
)

func (f *gcodeFlags) newPlot() *cobra.Command {
	var m machineFlags
	var out string
	var noProfile bool
	cmd := &cobra.Command{
		Use: "plot FILE", Short: "Draw the tool's path and its speed over time, as SVG",
		Long: `Draw the path of the tool as SVG: from above, from the front and from the right, feeds in
blue, traverses dashed; and below these the speed of the tool over time as gcode plan plans
it. The program is read several times, so it cannot be standard input.`,
		Example: `  linetwin gcode plot part.ngc >part.svg
  linetwin gcode plot part.ngc --out part.svg --limit XYZ=400mm/s,2m/s2,40m/s3
  linetwin gcode plot part.ngc --no-profile --out part.svg`,
		Args: exactly(1, "one program"),
		RunE: func(_ *cobra.Command, args []string) error {
			if noProfile {
				return f.plot(args[0], out, nil)
			}
			return f.plot(args[0], out, &m)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "write to this `FILE` (default: standard output)")
	cmd.Flags().BoolVar(&noProfile, "no-profile", false, "leave out the speed")
	m.add(cmd)
	return cmd
}

// plot draws a program; without a machine, without its speed.
func (f *gcodeFlags) plot(name, to string, m *machineFlags) (err error) {
	if name == "-" {
		return errors.New("linetwin gcode plot reads a program several times; give it a file")
	}
	var profile *plot.Profile
	if m != nil {
		if profile, err = f.profile(name, m); err != nil {
			return err
		}
	}
	cfg, err := f.config()
	if err != nil {
		return err
	}
	program, closeProgram, err := openProgram(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeProgram()) }()
	start := func() (*gcode.Interpreter, error) {
		if _, err := program.(io.Seeker).Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return gcode.New(name, program, cfg), nil
	}
	// A picture of half a program is of no use: it is drawn before a file is touched.
	var picture strings.Builder
	if err := plot.SVG(&picture, name, start, profile); err != nil {
		return err
	}
	if to == "" {
		_, err = io.WriteString(os.Stdout, picture.String())
		return err
	}
	return os.WriteFile(to, []byte(picture.String()), 0o644)
}

// profile plans a program for its speed. What keeps this machine from running it keeps nobody
// from drawing it: then the profile says so.
func (f *gcodeFlags) profile(name string, m *machineFlags) (p *plot.Profile, err error) {
	begin := func(_ *cnc.Run, c *cnc.Config) error {
		p = plot.NewProfile(c.Cycle)
		return nil
	}
	err = f.drive(name, m, begin, func(*gcode.Event) {}, func(s *setpoint) error {
		feed, as := 0.0, s.as
		if as == plot.Cutting && s.Speed > 0 {
			feed = s.Feed
		}
		if s.State != path.Running && as != plot.Dwell {
			as = plot.Stop // also where it goes on at once
		}
		p.Add(as, s.Speed, feed)
		return nil
	})
	var mistakes specs.Errors
	if errors.As(err, &mistakes) {
		return &plot.Profile{Missing: mistakes.Error()}, nil
	}
	return p, err
}
