package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"linetwin.dev/vision/model"
	"linetwin.dev/vision/model/bundle"
	"linetwin.dev/vision/model/onnx"
)

func (f *modelFlags) newKeygen() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make a key that signs bundles",
		Long: `Make a key that signs bundles: FILE keeps the private part, which stays with who makes
models, FILE.pub the public one. Neither may be there already.`,
		Example: "  linetwin model keygen maker.key",
		Args:    exactly(1, "the file of the key"),
		RunE: func(_ *cobra.Command, args []string) error {
			private, public, print, err := bundle.NewKey(rand.Reader)
			if err != nil {
				return err
			}
			pub := args[0] + ".pub"
			if _, err := os.Lstat(pub); err == nil {
				return fmt.Errorf("%s is there already; remove it, or name another file", pub)
			}
			if err := writeWhole(args[0], 0o600, false, justBytes(private)); err != nil {
				return err
			}
			if err := writeWhole(pub, 0o644, false, justBytes(public)); err != nil {
				return err
			}
			if f.json {
				return printJSON(os.Stdout, map[string]string{"private": args[0], "public": pub, "fingerprint": print.String()})
			}
			_, err = fmt.Printf("key %s: %s (private), %s (public)\n", print, args[0], pub)
			return err
		},
	}
}

// justBytes writes bytes.
func justBytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

func (f *modelFlags) newPack() *cobra.Command {
	var out, key, qr string
	cmd := &cobra.Command{
		Use:   "pack DIR",
		Short: "Make a signed bundle of a model's folder, and the QR code that goes with it",
		Long: `Make a signed bundle of a model's folder, and the picture of the QR code without which it
cannot be installed. Hand the picture over by another way than the bundle: printed, by
messenger, on the delivery note.`,
		Example: "  linetwin model pack ./caps -o caps.ltmodel --key maker.key",
		Args:    exactly(1, "the folder of a model"),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case out == "":
				return fmt.Errorf("name the bundle with -o, as in -o caps.ltmodel")
			case key == "":
				return fmt.Errorf("name the private key with --key; linetwin model keygen makes one")
			}
			if qr == "" {
				qr = out + ".qr.png"
			}
			return f.pack(args[0], out, key, qr)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the bundle, a `FILE`")
	cmd.Flags().StringVar(&key, "key", "", "the private key, a `FILE`")
	cmd.Flags().StringVar(&qr, "qr", "", "the picture of the QR code, a PNG `FILE` (default: the bundle's name and .qr.png)")
	return cmd
}

func (f *modelFlags) pack(dir, out, keyFile, qr string) error {
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	key, err := bundle.ParsePrivateKey(pem)
	if err != nil {
		return fmt.Errorf("--key %s: %w", keyFile, err)
	}
	s, err := model.Load(dir)
	if err != nil {
		return err
	}
	if s.Kind == model.KindONNX {
		if _, err := onnx.Check(dir, s); err != nil {
			return err
		}
	}
	var secret bundle.Secret
	if _, err := rand.Read(secret[:]); err != nil {
		return err
	}
	var m *bundle.Manifest
	var code bundle.Code
	err = writeWhole(out, 0o644, true, func(w io.Writer) (err error) {
		m, code, err = bundle.Pack(w, dir, key, secret)
		return err
	})
	if err != nil {
		return err
	}
	picture, err := code.PNG()
	if err != nil {
		return err
	}
	if err := writeWhole(qr, 0o600, true, justBytes(picture)); err != nil {
		return err
	}
	total := int64(0)
	for _, e := range m.Files {
		total += e.Size
	}
	if f.json {
		return printJSON(os.Stdout, struct {
			Bundle  string `json:"bundle"`
			QR      string `json:"qr"`
			Name    string `json:"name"`
			Version string `json:"version"`
			Files   int    `json:"files"`
			Bytes   int64  `json:"bytes"`
			Digest  string `json:"digest"`
			Key     string `json:"key"`
		}{out, qr, m.Name, m.Version, len(m.Files), total, code.Digest.String(), code.Key.String()})
	}
	_, err = fmt.Printf("%s: %s %s, %s, %s, signed with %s\n%s: its QR code; hand it over by another way\n",
		out, m.Name, m.Version, plural(uint64(len(m.Files)), "file"), plural(uint64(total), "byte"), code.Key, qr)
	return err
}

func (f *modelFlags) newInstall() *cobra.Command {
	var qr string
	var trust []string
	cmd := &cobra.Command{
		Use:   "install FILE",
		Short: "Install a model from a signed bundle, with its QR code as the second factor",
		Long: `Install a model from a signed bundle, with a picture of its QR code as the second factor: a
file, a screenshot or a photograph. A wrong signature, digest, code or key is refused, and
said. The version that was in use is kept; linetwin model rollback brings it back.`,
		Example: `  linetwin model install caps.ltmodel --qr photo.jpg
  linetwin model install caps.ltmodel --qr photo.jpg --trust maker.key.pub`,
		Args: exactly(1, "a bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			if qr == "" {
				return fmt.Errorf("name a picture of the bundle's QR code with --qr; who made the bundle has it")
			}
			return f.install(args[0], qr, trust)
		},
	}
	cmd.Flags().StringVar(&qr, "qr", "", "a picture of the QR code, PNG or JPEG, a `FILE`")
	cmd.Flags().StringArrayVar(&trust, "trust", nil, "accept this public key only, a `FILE`; may be given again")
	return cmd
}

func (f *modelFlags) install(file, qr string, trust []string) error {
	picture, err := readAtMost(qr, model.DefaultPictureBytes)
	if err != nil {
		return err
	}
	code, err := bundle.ReadQR(picture)
	if err != nil {
		return fmt.Errorf("--qr %s: %w", qr, err)
	}
	o := bundle.InstallOptions{Now: time.Now()}
	for _, t := range trust {
		pem, err := readAtMost(t, 64<<10)
		if err != nil {
			return err
		}
		key, err := bundle.ParsePublicKey(pem)
		if err != nil {
			return fmt.Errorf("--trust %s: %w", t, err)
		}
		o.Trust = append(o.Trust, bundle.FingerprintOf(key))
	}
	store, err := f.open()
	if err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	installed, err := store.Install(in, code, o)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was installed", file, err)
	}
	return f.say(installed, "installed")
}

// readAtMost reads a file that should be small.
func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, most+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > most {
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return b.Bytes(), nil
}

// say tells what is in use now.
func (f *modelFlags) say(in bundle.Installed, what string) error {
	if f.json {
		return printJSON(os.Stdout, installedJSON(in))
	}
	before := ""
	if in.Previous != "" {
		before = "; before: " + in.Previous
	}
	_, err := fmt.Printf("%s %s is %s%s\n", in.Name, in.Version, what, before)
	return err
}

func (f *modelFlags) newList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the installed models",
		Example: "  linetwin model list",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			store, err := f.open()
			if err != nil {
				return err
			}
			all, wrong := store.List()
			if f.json {
				lines := []installedLine{}
				for _, in := range all {
					lines = append(lines, installedJSON(in))
				}
				if wrong == nil { // else what is wrong is the document
					return printJSON(os.Stdout, lines)
				}
				return wrong
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, in := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\tkey %s", in.Name, in.Version, in.Installed.Local().Format(time.DateTime), in.Key)
				if in.Previous != "" {
					fmt.Fprintf(w, "\tbefore: %s", in.Previous)
				}
				fmt.Fprintln(w)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if len(all) == 0 && wrong == nil {
				fmt.Fprintf(os.Stderr, "no model is installed in %s\n", store.Dir)
			}
			return wrong
		},
	}
}

func (f *modelFlags) newRollback() *cobra.Command {
	return &cobra.Command{
		Use:     "rollback NAME",
		Short:   "Bring back the version of a model that was in use before",
		Example: "  linetwin model rollback caps",
		Args:    exactly(1, "the name of an installed model"),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := f.open()
			if err != nil {
				return err
			}
			in, err := store.Rollback(args[0])
			if err != nil {
				return err
			}
			return f.say(in, "in use again")
		},
	}
}

func (f *modelFlags) newRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Remove an installed model with all its versions",
		Example: "  linetwin model remove caps",
		Args:    exactly(1, "the name of an installed model"),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := f.open()
			if err != nil {
				return err
			}
			if err := store.Remove(args[0]); err != nil {
				return err
			}
			if f.json {
				return printJSON(os.Stdout, map[string]string{"removed": args[0]})
			}
			_, err = fmt.Printf("%s is removed\n", args[0])
			return err
		},
	}
}
