package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"linetwin.dev/protocol"
)

// followed is a configuration that is followed, and what was reported.
type followed struct {
	*Live
	file    string
	reports chan Reload
	used    atomic.Int32
}

func follow(t *testing.T, use func(*Config) error) *followed {
	t.Helper()
	f := &followed{file: write(t), reports: make(chan Reload, 16)}
	f.Live = Follow(mustLoad(t, f.file), func(c *Config) error {
		f.used.Add(1)
		return use(c)
	}, func(r Reload) { f.reports <- r })
	t.Cleanup(f.Close)
	return f
}

func accept(*Config) error { return nil }

func TestAChangeOfTheFileIsReadAndReported(t *testing.T) {
	f := follow(t, accept)
	change(t, f.file, `"30s"`, `"20s"`)
	r := <-f.reports
	if r.Err != nil || len(r.Changes) != 1 || r.Changes[0].String() != "limits.idle: 30s -> 20s" || len(r.Pending) != 0 {
		t.Errorf("reported as %+v", r)
	}
	data, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	// Written in its place it may be seen while it is empty; that is a mistake like others.
	if err := os.WriteFile(f.file, []byte(strings.Replace(string(data), `"20s"`, `"10s"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for r = <-f.reports; r.Err != nil; r = <-f.reports {
		if !strings.Contains(r.Err.Error(), "the file is empty") {
			t.Fatal(r.Err)
		}
	}
	if len(r.Changes) != 1 || r.Changes[0].New != "10s" {
		t.Errorf("a file that is written over is reported as %+v", r)
	}
	if got := f.Current().Limits.Idle.String(); got != "10s" {
		t.Errorf("in use is %s", got)
	}
}

func TestABadFileIsRefusedWithThePlaceAndTheOldConfigurationStays(t *testing.T) {
	f := follow(t, accept)
	before := f.Current()
	change(t, f.file, `"30s"`, `"30mm"`)
	r := <-f.reports
	var list Errors
	if !errors.As(r.Err, &list) || list[0].Line != 10 || list[0].Column != 14 || list[0].Path != "limits.idle" {
		t.Errorf("reported as %+v", r)
	}
	if f.Current() != before || f.used.Load() != 0 {
		t.Error("the old configuration is not in use any more")
	}
	change(t, f.file, `"30mm"`, `"30s"`)
	if r := <-f.reports; r.Err != nil || len(r.Changes) != 0 {
		t.Errorf("that it is right again is reported as %+v", r)
	}
}

func TestWhatCannotBeUsedIsRefused(t *testing.T) {
	b, _ := bankOf(t, mustLoad(t, "testdata/server.cue"), nil)
	f := follow(t, func(c *Config) error {
		_, err := c.Grants(b)
		return err
	})
	before := f.Current()
	change(t, f.file, `"tank.*", "recipe"`, `"tank.*", "recipes"`)
	if r := <-f.reports; r.Err == nil || !strings.Contains(r.Err.Error(), `no register is called "recipes"; did you mean "recipe"?`) {
		t.Errorf("reported as %+v", r)
	}
	if f.Current() != before {
		t.Error("the old configuration is not in use any more")
	}
	change(t, f.file, `"recipes"`, `"oven.door"`, "registers: {", "registers: {\n\t\"oven.door\": type: \"bool\"")
	if r := <-f.reports; r.Err != nil || len(r.Pending) != 1 || r.Pending[0].String() != `registers."oven.door": added` {
		t.Errorf("a role with a register of the next start is reported as %+v", r)
	}
}

func TestWhatTakesARestartIsSaidUntilItIsTakenBack(t *testing.T) {
	f := follow(t, accept)
	change(t, f.file, `":7117"`, `":7118"`)
	if r := <-f.reports; len(r.Changes) != 0 || len(r.Pending) != 1 || r.Pending[0].Path != "listen.address" {
		t.Errorf("reported as %+v", r)
	}
	change(t, f.file, `"30s"`, `"20s"`)
	if r := <-f.reports; len(r.Changes) != 1 || len(r.Pending) != 1 {
		t.Errorf("with another change it is reported as %+v", r)
	}
	change(t, f.file, `":7118"`, `":7117"`)
	if r := <-f.reports; len(r.Changes) != 0 || len(r.Pending) != 0 || r.Err != nil {
		t.Errorf("taken back it is reported as %+v", r)
	}
}

func TestAReloadOnDemandIsReportedEvenWithoutAChange(t *testing.T) {
	f := follow(t, accept)
	if r := f.Reload(); r.Err != nil || len(r.Changes) != 0 {
		t.Errorf("it returns %+v", r)
	}
	if r := <-f.reports; r.Err != nil {
		t.Errorf("it reports %+v", r)
	}
	if f.used.Load() != 1 {
		t.Error("it was not used")
	}
}

func TestFilesThatTheConfigurationNamesAreFollowedToo(t *testing.T) {
	f := follow(t, accept)
	token := filepath.Join(filepath.Dir(f.file), "tokens", "panel")
	put(t, token, "short")
	if r := <-f.reports; r.Err == nil || !strings.Contains(r.Err.Error(), "the token has 5 bytes") {
		t.Errorf("a bad token is reported as %+v", r)
	}
	put(t, token, "a-new-secret")
	if r := <-f.reports; r.Err != nil || len(r.Changes) != 1 || r.Changes[0].String() != "clients.panel_1.tokenFile: other content" {
		t.Errorf("a new token is reported as %+v", r)
	}
}

func TestAFileThatGoesAndComesBackIsFollowed(t *testing.T) {
	f := follow(t, accept)
	away := f.file + ".away"
	if err := os.Rename(f.file, away); err != nil {
		t.Fatal(err)
	}
	if r := <-f.reports; r.Err == nil || !strings.Contains(r.Err.Error(), "there is no such file") {
		t.Errorf("that it is gone is reported as %+v", r)
	}
	change(t, away, `"30s"`, `"20s"`)
	if err := os.Rename(away, f.file); err != nil {
		t.Fatal(err)
	}
	if r := <-f.reports; r.Err != nil || len(r.Changes) != 1 {
		t.Errorf("that it is back is reported as %+v", r)
	}
}

func TestAFolderOfFilesIsFollowedWithThoseThatAreAdded(t *testing.T) {
	dir := filepath.Dir(write(t))
	reports := make(chan Reload, 4)
	l := Follow(mustLoad(t, dir), accept, func(r Reload) { reports <- r })
	defer l.Close()
	more := filepath.Join(dir, "more.cue")
	put(t, more, "package server\n\nregisters: \"fan.speed\": type: \"u16\"\n")
	if r := <-reports; r.Err != nil || len(r.Pending) != 1 || r.Pending[0].Path != `registers."fan.speed"` {
		t.Errorf("reported as %+v", r)
	}
}

func TestABankOfTheSameNamesGivesTheSameGrants(t *testing.T) {
	c := mustLoad(t, "testdata/server.cue")
	b := protocol.NewBank()
	if _, err := c.Define(b, nil, nowhere); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Grants(b); err != nil {
		t.Errorf("before the bank is sealed: %v", err)
	}
}
