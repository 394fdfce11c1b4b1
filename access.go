package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// accessFlags say who this program is to a server, and by what it knows the server.
type accessFlags struct {
	token, tokenFile string
	secure           bool
	ca, cert, key    string
}

func (f *accessFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.token, "token", "", "the `TOKEN` that gives this program its role (LINETWIN_TOKEN does too)")
	flags.StringVar(&f.tokenFile, "token-file", "", "a `FILE` with that token")
	flags.BoolVar(&f.secure, "tls", false, "encrypt the connection")
	flags.StringVar(&f.ca, "ca", "", "the certificates in this PEM `FILE` are what the server's is held against; means --tls")
	flags.StringVar(&f.cert, "cert", "", "this program's certificate, a PEM `FILE`, with --key; means --tls")
	flags.StringVar(&f.key, "key", "", "the private key of --cert, a PEM `FILE`")
}

// secret is the token, or "".
func (f *accessFlags) secret() (string, error) {
	switch {
	case f.token != "" && f.tokenFile != "":
		return "", errors.New("--token and --token-file: give one of the two")
	case f.token != "":
		return f.token, nil
	case f.tokenFile == "":
		return os.Getenv("LINETWIN_TOKEN"), nil
	}
	text, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// tls is how the connection is encrypted, or nil if it is not.
func (f *accessFlags) tls() (*tls.Config, error) {
	if !f.secure && f.ca == "" && f.cert == "" && f.key == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ca != "" {
		text, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: %s has no certificate in PEM form", f.ca)
		}
	}
	switch {
	case (f.cert == "") != (f.key == ""):
		return nil, errors.New("--cert and --key: a certificate needs its key, and the other way round")
	case f.cert != "":
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, fmt.Errorf("--cert, --key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
