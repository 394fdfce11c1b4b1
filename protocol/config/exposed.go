package config

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"linetwin.dev/specs/mistake"
)

// Exposed are the files with secrets in them, tokens and the private key, that every user
// of this machine may read; relative to the working directory where that is shorter, and
// in order. Systems without permissions of that kind have none.
func (c *Config) Exposed() (files []string) {
	if runtime.GOOS == "windows" {
		return nil
	}
	var secret []string
	for _, name := range names(c.Clients) {
		switch cl := c.Clients[name]; {
		case cl.TokenFile != "":
			secret = append(secret, c.File(cl.TokenFile))
		case cl.Token != "":
			secret = append(secret, c.src.at([]string{"clients", name, "token"}).value.Filename)
		}
	}
	if t := c.Listen.TLS; t != nil {
		secret = append(secret, c.File(t.Key))
	}
	for _, file := range secret {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o004 != 0 {
			files = append(files, mistake.Short(filepath.Clean(file)))
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
