package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/endpoint"
	"linetwin.dev/vision/model/onnx"
	"linetwin.dev/vision/model/recogniser"
)

func (f *modelFlags) newRecognise() *cobra.Command {
	device := deviceFlag(onnx.Auto)
	cmd := &cobra.Command{
		Use:   "recognise MODEL FILE...",
		Short: "Show pictures to a model, and print what it says",
		Long: `Show pictures, JPEG or PNG, to a model, and print what it says of each: labels with their
scores, boxes in pixels of the upright picture, text. Exit 1: the model could not make
anything of one.`,
		Example: `  linetwin model recognise caps photo.jpg
  linetwin model recognise ./caps *.png --json`,
		Args: atLeast(2, "a model and one picture or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.recognise(cmd.Context(), args[0], args[1:], onnx.Device(device))
		},
	}
	cmd.Flags().Var(&device, "device", "what networks run on: cpu, cuda, or auto")
	return cmd
}

// answerLine is what a model says of a picture, as JSON.
type answerLine struct {
	File   string  `json:"file"`
	Model  string  `json:"model"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
	MS     float64 `json:"ms"`
	Error  string  `json:"error,omitempty"`
	model.Answer
}

// recognise reads all pictures first, so that a bad file gives its message and nothing
// else.
func (f *modelFlags) recognise(ctx context.Context, name string, files []string, device onnx.Device) error {
	spec, s, err := f.recogniser(name, device)
	if err != nil {
		return err
	}
	images := make([]model.Image, len(files))
	for i, file := range files {
		data, err := readAtMost(file, model.DefaultPictureBytes)
		if err != nil {
			return err
		}
		if images[i], err = model.DecodePicture(data, model.PictureLimits{}); err != nil {
			return fmt.Errorf("image %s: %w", file, err)
		}
	}
	ctx, stop := interruptible(ctx, func() {})
	defer stop()
	lane, err := recogniser.Open(*spec)
	if err != nil {
		return err
	}
	defer lane.Close()
	failed := false
	for i, img := range images {
		begun := time.Now()
		a, err := lane.Recognise(ctx, recogniser.Request{Image: img})
		line := answerLine{File: files[i], Model: s.Name + " " + s.Version, Width: img.W, Height: img.H,
			MS: float64(time.Since(begun).Microseconds()) / 1000, Answer: a}
		var complaint *recogniser.Complaint
		switch {
		case errors.As(err, &complaint):
			line.Error, failed = complaint.Text, true
		case ctx.Err() != nil:
			return &exitError{code: interrupted(ctx)}
		case err != nil:
			return fmt.Errorf("%s: %w", files[i], err)
		}
		if err := f.printAnswer(line); err != nil {
			return err
		}
	}
	if failed {
		return &exitError{code: exitBroken}
	}
	return nil
}

func (f *modelFlags) printAnswer(l answerLine) error {
	if f.json {
		return json.NewEncoder(os.Stdout).Encode(l)
	}
	var says []string
	for _, x := range l.Labels {
		says = append(says, fmt.Sprintf("%s %.1f %%", x.Label, 100*x.Score))
	}
	for _, b := range l.Boxes {
		says = append(says, strings.TrimSpace(fmt.Sprintf("%s %.1f %% at (%.0f, %.0f), %.0f x %.0f %s", b.Label, 100*b.Score, b.X, b.Y, b.Width, b.Height, b.Text)))
	}
	if l.Text != "" {
		says = append(says, fmt.Sprintf("%q", l.Text))
	}
	text := strings.Join(says, ", ")
	switch {
	case l.Error != "":
		text = "not recognised: " + l.Error
	case text == "":
		text = "nothing"
	}
	_, err := fmt.Printf("%s: %s\n", l.File, text)
	return err
}

func (f *modelFlags) newWorker() *cobra.Command {
	device := deviceFlag(onnx.Auto)
	cmd := &cobra.Command{
		Use:   "worker DIR",
		Short: "Be the recogniser of an ONNX network, on standard input and output",
		Long: `Be the recogniser of the ONNX network in a folder: speak the protocol of
vision/model/recogniser/README.md on standard input and output. The other commands start it, so that
a network that OpenCV cannot run ends this process and no other.`,
		Example: "  linetwin model worker ./caps",
		Args:    exactly(1, "the folder of a model"),
		RunE: func(_ *cobra.Command, args []string) error {
			return recogniser.Serve(os.Stdin, os.Stdout, func() (*recogniser.Handler, error) { return onnx.Handler(args[0], onnx.Device(device)) })
		},
	}
	cmd.Flags().Var(&device, "device", "what the network runs on: cpu, cuda, or auto")
	return cmd
}

// modelServeFlags are the flags of model serve.
type modelServeFlags struct {
	*modelFlags
	precise          string
	addr             addressFlag
	token, tokenFile string
	cert, key        string
	device           deviceFlag
	processes        int
}

func (f *modelFlags) newServe() *cobra.Command {
	s := &modelServeFlags{modelFlags: f, addr: "127.0.0.1:7121", device: deviceFlag(onnx.Auto)}
	cmd := &cobra.Command{
		Use:   "serve MODEL",
		Short: "Recognise pictures that come over HTTP, as from a phone",
		Long: `Recognise pictures that come over HTTP: open the address with a phone, take a picture, see
the result; or send one to POST /recognise. MODEL is in the fast lane, --precise another
one in the precise lane.

Without a token only this machine is served. Another --addr takes one, which goes behind
the # of the page's address: http://HOST:PORT/#TOKEN.

Ctrl-C or SIGTERM ends it: exit 0.`,
		Example: `  linetwin model serve caps
  linetwin model serve caps --precise caps-large --addr 0.0.0.0:7121 --token-file token`,
		Args: exactly(1, "a model"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.serve(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&s.precise, "precise", "", "another `MODEL`, in the precise lane")
	fl.Var(&s.addr, "addr", "where the page is; port 0: a free one")
	fl.StringVar(&s.token, "token", "", "the `TOKEN` that pages and programs must show (LINETWIN_TOKEN does too)")
	fl.StringVar(&s.tokenFile, "token-file", "", "a `FILE` with that token")
	fl.StringVar(&s.cert, "cert", "", "encrypt, with this certificate, a PEM `FILE`")
	fl.StringVar(&s.key, "key", "", "the private key of --cert, a PEM `FILE`")
	fl.Var(&s.device, "device", "what networks run on: cpu, cuda, or auto")
	fl.IntVar(&s.processes, "processes", 1, "how many processes each lane has, `N`")
	return cmd
}

// shortestToken is what can hardly be guessed at the pace that guesses are looked at.
const shortestToken = 8

// access checks who is let in.
func (s *modelServeFlags) access() (token string, conf *tls.Config, err error) {
	if token, err = (&accessFlags{token: s.token, tokenFile: s.tokenFile}).secret(); err != nil {
		return "", nil, err
	}
	host, _, err := net.SplitHostPort(string(s.addr))
	if err != nil {
		return "", nil, err
	}
	ip := net.ParseIP(host)
	switch {
	case token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()):
		return "", nil, fmt.Errorf("--addr %s: others than this machine reach it there; give a token with --token-file", s.addr)
	case token != "" && len(token) < shortestToken:
		return "", nil, fmt.Errorf("the token has %s; at least %d are wanted", plural(uint64(len(token)), "character"), shortestToken)
	case (s.cert == "") != (s.key == ""):
		return "", nil, errors.New("--cert and --key: a certificate needs its key, and the other way round")
	case s.cert != "":
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return "", nil, fmt.Errorf("--cert, --key: %w", err)
		}
		conf = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	}
	return token, conf, nil
}

func (s *modelServeFlags) serve(ctx context.Context, fast string) error {
	ctx, stop := interruptible(ctx, func() {})
	defer stop()
	if s.processes < 1 || s.processes > 64 {
		return fmt.Errorf("--processes: %d; 1 to 64 are wanted", s.processes)
	}
	token, conf, err := s.access()
	if err != nil {
		return err
	}
	var o recogniser.Options
	models := map[recogniser.LaneName]string{}
	for _, l := range []struct {
		lane recogniser.LaneName
		name string
		to   **recogniser.Spec
	}{{recogniser.Fast, fast, &o.Fast}, {recogniser.Precise, s.precise, &o.Precise}} {
		if l.name == "" {
			continue
		}
		spec, m, err := s.recogniser(l.name, onnx.Device(s.device))
		if err != nil {
			return err
		}
		spec.Processes = s.processes
		*l.to, models[l.lane] = spec, m.Name+" "+m.Version
	}
	listener, err := net.Listen("tcp", string(s.addr))
	if err != nil {
		return fmt.Errorf("models at %s: %w; name a free address with --addr, as in 127.0.0.1:0", s.addr, network(err))
	}
	scheme, limited := "http", endpoint.Limit(listener)
	if conf != nil {
		scheme, limited = "https", tls.NewListener(limited, conf)
	}
	service, err := recogniser.NewService(o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer service.Close()
	server := endpoint.Server(endpoint.New(service, endpoint.Options{Token: token, Models: models}))
	if err := s.announce(pagesAt(scheme, listener.Addr().(*net.TCPAddr)), token, models); err != nil {
		return errors.Join(err, listener.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limited) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// What is being answered has a moment; then it is cut off.
	last, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close() // it ends in any case
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pagesAt are the addresses that a phone can open: where a server listens on all of them,
// those of this machine that others reach.
func pagesAt(scheme string, at *net.TCPAddr) (all []string) {
	page := func(ip net.IP) string {
		return scheme + "://" + net.JoinHostPort(ip.String(), strconv.Itoa(at.Port)) + "/"
	}
	if at.IP.IsUnspecified() {
		ips, err := net.InterfaceAddrs()
		if err != nil {
			ips = nil // then the one that stands for all is told
		}
		for _, a := range ips {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
				all = append(all, page(n.IP))
			}
		}
	}
	if len(all) == 0 {
		all = []string{page(at.IP)}
	}
	return all
}

func (s *modelServeFlags) announce(at []string, token string, models map[recogniser.LaneName]string) error {
	for _, l := range []recogniser.LaneName{recogniser.Fast, recogniser.Precise} {
		if m, ok := models[l]; ok {
			fmt.Fprintf(os.Stderr, "%s lane: %s\n", l, m)
		}
	}
	behind := ""
	if token != "" {
		behind = ", with #TOKEN behind it"
	}
	for _, page := range at {
		fmt.Fprintf(os.Stderr, "pictures at %s%s\n", page, behind)
	}
	if s.json {
		return printJSON(os.Stdout, struct {
			Addresses []string                       `json:"addresses"`
			Lanes     map[recogniser.LaneName]string `json:"lanes"`
		}{at, models})
	}
	return nil
}
