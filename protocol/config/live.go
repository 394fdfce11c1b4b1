package config

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long the files must be left alone before they are read, so that an
	// editor may finish; unsettled is how long they may keep changing all the same.
	settle    = 100 * time.Millisecond
	unsettled = time.Second
	// glance is how often the files are looked at without having been told of a change:
	// network file systems do not tell, nor do folders that took another's place.
	glance = 2 * time.Second
)

// Reload is what came of reading a configuration again.
type Reload struct {
	// Err is why it was refused: the one before stays. Most often it is of type Errors.
	Err error
	// Changes that are in effect, or will be for new connections.
	Changes []Change
	// Pending are all differences from what the server was started with that take a
	// restart.
	Pending []Change
}

// Live is the configuration of a server that runs: it follows its files. The methods
// may be called concurrently.
type Live struct {
	path   string
	use    func(*Config) error
	report func(Reload)

	mu      sync.Mutex // held while files are read
	started *Config
	current atomic.Pointer[Config]
	reads   []string
	content [sha256.Size]byte // of what was read last, right or wrong
	told    Reload            // last

	notify *fsnotify.Watcher // nil where the system has none to give
	stop   chan struct{}
	done   sync.WaitGroup
}

// Follow watches the files of a configuration that is in use. When they change, it
// reads them again and hands what was found right to use, which puts it into effect or
// says why it cannot; only then it is Current. report hears of each change of the
// files, also of one that was refused; both are called from one goroutine at a time.
func Follow(current *Config, use func(*Config) error, report func(Reload)) *Live {
	l := &Live{path: current.src.path, use: use, report: report, started: current, stop: make(chan struct{})}
	l.current.Store(current)
	l.reads, l.content = current.src.reads, current.src.content
	// Without it, as where a user may have no more of them, files are looked at only.
	l.notify, _ = fsnotify.NewWatcher()
	l.watch()
	l.done.Go(l.follow)
	return l
}

// Current is the configuration in use. Settings that take a restart are not yet in
// effect where they differ from those at the start.
func (l *Live) Current() *Config { return l.current.Load() }

// Reload reads the files now, whether or not they have changed, and returns what came
// of it, which report hears, too. Neither use nor report may call it.
func (l *Live) Reload() Reload {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.reload()
	l.tell(r)
	return r
}

// Close ends the watching. It waits for a reload that is under way.
func (l *Live) Close() {
	close(l.stop)
	l.done.Wait()
	if l.notify != nil {
		_ = l.notify.Close() // there is nothing in it to lose
	}
}

// reload reads, compares and uses. l.mu is held.
func (l *Live) reload() Reload {
	content := fingerprint(l.reads)
	next, reads, err := read(l.path)
	if err == nil {
		err = l.use(next)
	}
	if err != nil { // what a right one names is still to be watched
		reads = slices.Concat(reads, l.current.Load().src.reads)
	}
	slices.Sort(reads)
	if reads = slices.Compact(reads); !slices.Equal(reads, l.reads) {
		// Whether the new files have changed since they were read is not known: they are
		// read once more at the next glance.
		content = [sha256.Size]byte{}
	}
	l.reads, l.content = reads, content
	l.watch()
	if err != nil {
		return Reload{Err: err}
	}
	r := Reload{}
	for _, c := range Diff(l.current.Load(), next) {
		if c.Effect != Restart {
			r.Changes = append(r.Changes, c)
		}
	}
	for _, c := range Diff(l.started, next) {
		if c.Effect == Restart {
			r.Pending = append(r.Pending, c)
		}
	}
	l.current.Store(next)
	return r
}

// tell reports a reload, and remembers it. l.mu is held.
func (l *Live) tell(r Reload) {
	l.told = r
	l.report(r)
}

// look reads the files again if they have changed, and reports what is new.
func (l *Live) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if fingerprint(l.reads) == l.content {
		return
	}
	if r := l.reload(); len(r.Changes) > 0 || !slices.Equal(r.Pending, l.told.Pending) || errorText(r.Err) != errorText(l.told.Err) {
		l.tell(r)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// watch asks to be told of changes in all folders that matter. Editors put a new file
// in the place of the old one, so files themselves are not watched. l.mu is held, or
// nobody else has l yet.
func (l *Live) watch() {
	if l.notify == nil {
		return
	}
	for _, f := range l.reads {
		// A folder that is not there yet is seen at a glance.
		_ = l.notify.Add(filepath.Dir(f))
	}
}

// follow waits for changes.
func (l *Live) follow() {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	var events chan fsnotify.Event
	var errors chan error
	if l.notify != nil {
		events, errors = l.notify.Events, l.notify.Errors
	}
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		case <-errors: // some events were lost
		case <-events:
			if !l.quiet(events) {
				return
			}
		}
		l.look()
	}
}

// quiet waits until nothing has changed for a while; false when it is told to stop.
func (l *Live) quiet(events chan fsnotify.Event) bool {
	least, most := time.NewTimer(settle), time.NewTimer(unsettled)
	defer least.Stop()
	defer most.Stop()
	for {
		select {
		case <-l.stop:
			return false
		case <-events:
			least.Reset(settle)
		case <-least.C:
			return true
		case <-most.C:
			return true
		}
	}
}

// fingerprint is the digest of the content of files; of a folder, of the CUE files in
// it.
func fingerprint(files []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range files {
		content := []string{f}
		if info, err := os.Stat(f); err == nil && info.IsDir() {
			content, _ = filepath.Glob(filepath.Join(f, "*.cue")) // the pattern is right
		}
		for _, name := range content {
			data, err := readRegular(name)
			digest := sha256.Sum256(data)
			if err != nil {
				digest = [sha256.Size]byte{}
			}
			h.Write([]byte(name))
			h.Write(digest[:])
		}
	}
	h.Sum(sum[:0])
	return sum
}
