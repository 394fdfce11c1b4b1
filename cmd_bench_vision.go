package main

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/bench"
	"linetwin.dev/sim/verdicts"
	"linetwin.dev/specs"
	"linetwin.dev/vision"
	"linetwin.dev/vision/trial"
)

// visionSubject is what can be tried, with the flag that says how many pictures of it.
type visionSubject struct {
	name, about string
	count       countFlag
	make        func(n int) *trial.Subject // nil for the verdicts, which need a line
}

// theVerdicts are those of the line's first station.
const theVerdicts = "verdicts"

func visionSubjects() []visionSubject {
	reader := vision.NewQRReader(vision.QROptions{Params: vision.FileQR()})
	return []visionSubject{
		{"qr", "pictures of QR codes", countFlag{2000, 1}, func(n int) *trial.Subject { return trial.QR(reader, n) }},
		{"none", "pictures without a QR code", countFlag{80, 1}, func(n int) *trial.Subject { return trial.NoCodes(reader, n) }},
		{"templates", "scenes with templates in them", countFlag{500, 1}, trial.Templates},
		{"defects", "pictures of things with defects", countFlag{280, 1}, trial.Defects},
		{"depth", "depth scenes", countFlag{300, 1}, trial.Depth},
		{theVerdicts, "bottles before the line's camera", countFlag{10000, 14}, nil},
	}
}

type benchVisionFlags struct {
	seed     seedFlag
	subjects []visionSubject
	only     []string
	images   string
	out      string
	force    bool
	json     bool
	failures countFlag
	line     string
	sweep    countFlag
	judge    *judge // or nil
}

// countFlag is a number of pictures.
type countFlag struct{ n, least int }

func (f *countFlag) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < f.least {
		return fmt.Errorf("%q is not a number of pictures; write a whole number, %d or more", s, f.least)
	}
	f.n = v
	return nil
}

func (f *countFlag) String() string { return strconv.Itoa(f.n) }

func (f *countFlag) Type() string { return "N" }

func newBenchVision() *cobra.Command {
	f := benchVisionFlags{subjects: visionSubjects(), seed: seedFlag{value: 1, given: true}, failures: countFlag{n: 3}, sweep: countFlag{n: 200}}
	cmd := &cobra.Command{
		Use:   "vision",
		Short: "Try readers and inspections on labelled pictures, rendered or from a folder",
		Long: `Try readers and inspections on labelled pictures: how often they are right, wrong or miss
something, by kind of fault, how precise they are, what a picture costs. Pictures are
rendered from a seed; the same seed gives the same counts on any number of processors.
It leaves a folder with report.html, summary.json, pictures.csv, and failed/ with
pictures of what went wrong: true and found outlines green, missed ones yellow, red
what is not there.

With --images, the QR reader is tried on the PNG and JPEG files below a folder, each with
a label file of the same name and .txt beside it: the texts of its codes, one in a line;
or, after a line SETS, the corners of each, x y x y x y x y, as in BoofCV's benchmark,
where a code counts as read when what was read covers more than a tenth of it.

Categories of 20 pictures and more are held to their bounds. Exit 0: all hold. 1: one is
broken. 2: the command line or a file is at fault.`,
		Example: `  linetwin bench vision
  linetwin bench vision --only qr --qr 200 --seed 7
  linetwin bench vision --images qrcodes/detection --out runs/boofcv`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), cmd.Flags().Changed) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.Var(&f.seed, "seed", "seed of all pictures")
	var names []string
	for i := range f.subjects {
		s := &f.subjects[i]
		fl.Var(&s.count, s.name, "how many "+s.about)
		names = append(names, s.name)
	}
	fl.StringSliceVar(&f.only, "only", nil, "try these `SUBJECTS` alone: "+strings.Join(names, ", "))
	fl.StringVar(&f.line, "line", "scenarios/bottling", "the `SCENARIO` whose first station gives the verdicts")
	fl.Var(&f.sweep, "sweep", "bottles for each step of light, blur and depth noise; 0: no such plots")
	fl.StringVar(&f.images, "images", "", "try the QR reader on the labelled images below this `FOLDER` instead")
	fl.StringVar(&f.out, "out", "", "where the report is left, a `FOLDER` (default: runs/vision-SEED, or runs/images)")
	fl.BoolVar(&f.force, "force", false, "replace an earlier report in that folder")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	fl.Var(&f.failures, "failures", "keep pictures of so many failures of each category")
	return cmd
}

// chosen are the subjects to be tried, and notes about them.
func (f *benchVisionFlags) chosen(changed func(string) bool) (subjects []*trial.Subject, notes []string, err error) {
	if f.images != "" {
		for _, n := range append(f.names(), "only", "seed", "line", "sweep") {
			if changed(n) {
				return nil, nil, fmt.Errorf("--images and --%s do not go together: the folder says what is tried", n)
			}
		}
		s, unlabelled, err := trial.Folder(vision.NewQRReader(vision.QROptions{Params: vision.FileQR()}), f.images)
		if err != nil {
			return nil, nil, fmt.Errorf("--images: %w", err)
		}
		if unlabelled > 0 {
			notes = append(notes, fmt.Sprintf("%s without labels left out.", plural(uint64(unlabelled), "image")))
		}
		return []*trial.Subject{s}, notes, nil
	}
	for _, n := range f.only {
		if !slices.Contains(f.names(), n) {
			return nil, nil, fmt.Errorf("--only: there is no subject %q; there is %s", n, strings.Join(f.names(), ", "))
		}
	}
	for _, s := range f.subjects {
		if len(f.only) > 0 && !slices.Contains(f.only, s.name) {
			continue
		}
		if s.make != nil {
			subjects = append(subjects, s.make(s.count.n))
			continue
		}
		if f.judge, err = f.newJudge(changed("line") || len(f.only) > 0); err != nil {
			return nil, nil, err
		}
		if f.judge == nil {
			notes = append(notes, fmt.Sprintf("No verdicts: %s is not here; name a line with --line.", f.line))
			continue
		}
		v, err := verdicts.Subject(f.judge.line, f.judge.station, s.count.n)
		if err != nil {
			return nil, nil, err
		}
		subjects = append(subjects, v)
	}
	return subjects, notes, nil
}

// judge is a station whose verdicts are looked at.
type judge struct {
	line    *specs.Loaded
	station string
}

// newJudge loads the line. Where it was not asked for by name and is not there, there is none.
func (f *benchVisionFlags) newJudge(asked bool) (*judge, error) {
	if _, err := os.Stat(f.line); err != nil && !asked {
		return nil, nil
	}
	line, err := specs.Load(f.line)
	if err != nil {
		return nil, err
	}
	for _, n := range specs.Names(line.Inspections) {
		if c := line.Cameras[line.Inspections[n].Camera]; c.Fidelity == "pixels" {
			return &judge{line, n}, nil
		}
	}
	return nil, fmt.Errorf("--line %s: it has no inspection by a camera of fidelity \"pixels\"", f.line)
}

// sweeps shows how verdicts change with light, blur and noise.
func (j *judge) sweeps(ctx context.Context, seed uint64, n int) (charts []bench.Chart, err error) {
	if j == nil || n == 0 {
		return nil, nil
	}
	axes, all := verdicts.Axes(), 0
	for _, a := range axes {
		all += n * len(a.Steps)
	}
	var mu sync.Mutex
	progress, done := picturesProgress(), 0
	for _, a := range axes {
		points, err := verdicts.Sweep(ctx, j.line, j.station, a, seed, n, func() {
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, all)
		})
		if err != nil {
			return nil, err
		}
		charts = append(charts, verdicts.Chart(a, points))
	}
	return charts, nil
}

func (f *benchVisionFlags) names() (names []string) {
	for _, s := range f.subjects {
		names = append(names, s.name)
	}
	return names
}

// failedFolder holds the pictures of what went wrong.
const failedFolder = "failed"

// aTrial is what bench vision leaves.
var aTrial = folderKind{"vision benchmark", "pictures.csv", []string{"pictures.csv", "report.html", failedFolder}}

func (f *benchVisionFlags) run(ctx context.Context, changed func(string) bool) error {
	subjects, notes, err := f.chosen(changed)
	if err != nil {
		return err
	}
	out, title := f.out, "Labelled pictures"
	if f.images != "" {
		title = "Images of " + f.images
	}
	if out == "" {
		out = filepath.Join("runs", fmt.Sprintf("vision-%d", f.seed.value))
		if f.images != "" {
			out = filepath.Join("runs", "images")
		}
	}
	folder, err := newFolderOf(aTrial, out, f.force, "")
	if err != nil {
		return err
	}
	defer folder.discard()
	ctx, stop := interruptible(ctx, folder.discard)
	defer stop()
	r, err := trial.Run(ctx, trial.Options{Seed: f.seed.value, Failures: f.failures.n, Progress: picturesProgress()}, subjects...)
	var charts []bench.Chart
	if err == nil {
		charts, err = f.judge.sweeps(ctx, f.seed.value, f.sweep.n)
	}
	if ctx.Err() != nil {
		return &exitError{code: interrupted(ctx), err: errors.New("interrupted; nothing was written")}
	}
	if err != nil {
		return err
	}
	summary, page := r.Summary("bench vision", title, notes...)
	page.Charts = charts
	if err := leaveTrial(folder.temp, r, summary, page); err != nil {
		return err
	}
	if err := folder.keep(); err != nil {
		return err
	}
	if f.json {
		err = printJSON(os.Stdout, summary)
	} else if err = r.WriteTable(os.Stdout); err == nil {
		for _, n := range summary.Notes {
			fmt.Println("note:", n)
		}
		_, err = fmt.Printf("report: %s\n", filepath.Join(folder.path, "report.html"))
	}
	if err != nil {
		return err
	}
	if !r.Pass() {
		return &exitError{code: exitBroken}
	}
	return nil
}

// leaveTrial writes what a trial leaves into a folder.
func leaveTrial(path string, r *trial.Report, s bench.Summary, page bench.Report) error {
	if err := s.WriteFile(filepath.Join(path, bench.SummaryFile)); err != nil {
		return err
	}
	if err := page.WriteFile(filepath.Join(path, "report.html")); err != nil {
		return err
	}
	list, err := os.Create(filepath.Join(path, "pictures.csv"))
	if err != nil {
		return err
	}
	if err := errors.Join(r.WritePictures(list), list.Close()); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(path, failedFolder), 0o755); err != nil {
		return err
	}
	for i, p := range r.Failures() {
		file, err := os.Create(filepath.Join(path, failedFolder, fmt.Sprintf("%03d-%s-%d.png", i+1, strings.NewReplacer(" ", "-", "/", "-").Replace(p.Category), p.Number)))
		if err != nil {
			return err
		}
		if err := errors.Join(png.Encode(file, p.Picture), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// picturesProgress says on standard error now and then how many pictures were tried.
func picturesProgress() func(done, all int) {
	begun := time.Now()
	last := begun
	return func(done, all int) {
		if now := time.Now(); now.Sub(last) >= lineEvery {
			last = now
			left := time.Duration(float64(now.Sub(begun)) / float64(done) * float64(all-done))
			fmt.Fprintf(os.Stderr, "%d of %s tried, %s to go\n", done, plural(uint64(all), "picture"), left.Round(time.Second))
		}
	}
}
