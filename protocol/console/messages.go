package console

import "encoding/json"

// Methods of the console, and what it says unasked.
const (
	MethodAuth      = "auth"
	MethodMap       = "registers.map"
	MethodGet       = "registers.get"
	MethodSet       = "registers.set"
	MethodWatch     = "registers.watch"
	MethodUnwatch   = "registers.unwatch"
	MethodClients   = "clients.list"
	MethodKick      = "clients.kick"
	MethodTrace     = "clients.trace"
	MethodUntrace   = "clients.untrace"
	MethodLogLevel  = "log.level"
	MethodConfig    = "config.get"
	MethodReload    = "config.reload"
	MethodHealth    = "health"
	MethodStats     = "stats"
	NotifyRegisters = "registers.changed"
	NotifyFrames    = "clients.frames"
)

// AuthParams are those of auth. Without a token it only asks.
type AuthParams struct {
	Token *string `json:"token,omitempty"`
}

// Hello is what auth answers: what this console may do here.
type Hello struct {
	// Name of the client or its role, as the server knows it.
	Name string `json:"name"`
	// Access is "read-only", "operator" or "engineer".
	Access string `json:"access"`
	// Methods that it may call, in the order of their names.
	Methods []string `json:"methods"`
	// Version of the program, and the number of registers.
	Version   string `json:"version"`
	Registers int    `json:"registers"`
}

// MapParams are those of registers.map.
type MapParams struct {
	// Match is a part of a register's name, or with one of *?[ a pattern for all of it.
	Match string `json:"match,omitempty"`
	// From is the reference of the first register looked at: 0, or the Next of the answer
	// before.
	From int `json:"from,omitempty"`
}

// MapPage is a part of the map.
type MapPage struct {
	Registers []Register `json:"registers"`
	// Next is where to go on; absent at the end.
	Next int `json:"next,omitempty"`
}

// Register describes one register.
type Register struct {
	Ref    int    `json:"ref"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Unit   string `json:"unit,omitempty"`
	Access string `json:"access"`
	// Writable tells whether this console may write it.
	Writable bool   `json:"writable"`
	Doc      string `json:"doc,omitempty"`
	// Owner is the device or task that writes it, Place where the specification says so.
	Owner string `json:"owner,omitempty"`
	Place string `json:"place,omitempty"`
}

// GetParams are those of registers.get.
type GetParams struct {
	Names []string `json:"names"`
}

// Readings are registers with their values.
type Readings struct {
	Registers []Reading `json:"registers"`
}

// Reading is a register's value at some time.
type Reading struct {
	Name string `json:"name"`
	// Value is a boolean or a number; what a JSON number cannot carry to every reader,
	// which is an integer beyond 2^53, an infinity or a NaN, is a string.
	Value any    `json:"value"`
	Unit  string `json:"unit,omitempty"`
	// Quality is "good", "uncertain" or "bad".
	Quality string `json:"quality"`
	// Time is the line time in seconds at which value or quality changed last.
	Time float64 `json:"time_s"`
}

// SetParams are those of registers.set: all registers get their values at one instant,
// or none does. A value is a boolean, a number, or a string with what a person would
// write.
type SetParams struct {
	Values map[string]json.RawMessage `json:"values"`
}

// WatchParams are those of registers.watch.
type WatchParams struct {
	// Watch is a number that the caller chooses, and that this console has not in use.
	Watch int      `json:"watch"`
	Names []string `json:"names"`
	// Interval is the least time between two messages in milliseconds: 100 if it is not
	// given, at least 20.
	Interval int `json:"interval_ms,omitempty"`
}

// UnwatchParams are those of registers.unwatch.
type UnwatchParams struct {
	Watch int `json:"watch"`
}

// Changed is the notification registers.changed: all registers of the watch at first,
// then those whose value, quality or time is another one, with their newest values.
type Changed struct {
	Watch     int       `json:"watch"`
	Registers []Reading `json:"registers"`
}

// ListParams are those of clients.list.
type ListParams struct {
	// After is the id of the client before the first one; 0 for all.
	After uint64 `json:"after,omitempty"`
}

// ClientsPage is a part of the clients, in the order of their ids.
type ClientsPage struct {
	// At is when the clients were looked at, in seconds of the server's clock: rates are
	// differences of two answers.
	At float64 `json:"at_s"`
	// Total number of clients.
	Total   int          `json:"total"`
	Clients []ClientInfo `json:"clients"`
	// More tells that there are clients after these.
	More bool `json:"more,omitempty"`
}

// Counts are totals since the client connected, or since the server began.
type Counts struct {
	Requests uint64 `json:"requests"`
	Failed   uint64 `json:"failed"`
	// Pushes, the values in them, and the values that newer ones took the place of.
	Pushes    uint64 `json:"pushes"`
	Values    uint64 `json:"values"`
	Coalesced uint64 `json:"coalesced"`
	BytesIn   uint64 `json:"bytes_in"`
	BytesOut  uint64 `json:"bytes_out"`
}

// ClientInfo is one client of the register server.
type ClientInfo struct {
	ID   uint64 `json:"id"`
	Addr string `json:"addr"`
	// Name that it gave itself, certificate that it proved, role that it got.
	Name        string `json:"name,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Role        string `json:"role,omitempty"`
	Access      string `json:"access"`
	// Connected and Heard are how long ago it came, and its last byte.
	Connected float64 `json:"connected_s"`
	Heard     float64 `json:"heard_s"`
	Counts
	// Watches, and the registers in them; registers that it is the source of; writes that
	// wait for the line; bytes that it has not read.
	Watches int `json:"watches"`
	Watched int `json:"watched"`
	Sources int `json:"sources"`
	Pending int `json:"pending"`
	Unsent  int `json:"unsent"`
}

// KickParams are those of clients.kick.
type KickParams struct {
	ID uint64 `json:"id"`
	// Reason is told to the client.
	Reason string `json:"reason,omitempty"`
}

// TraceParams are those of clients.trace and clients.untrace.
type TraceParams struct {
	ID uint64 `json:"id"`
}

// Frames is the notification clients.frames.
type Frames struct {
	ID     uint64  `json:"id"`
	Frames []Frame `json:"frames"`
	// Dropped is the number of frames, before these, that this console was too slow for.
	Dropped int `json:"dropped,omitempty"`
	// Gone tells that the client is gone, and that this is the last message.
	Gone bool `json:"gone,omitempty"`
}

// Frame is one message of a traced client.
type Frame struct {
	// At is when, in seconds since the register server began.
	At float64 `json:"at_s"`
	// From is "client" or "server".
	From string `json:"from"`
	// Size in bytes, and what it says.
	Size int    `json:"size"`
	Text string `json:"text"`
}

// LevelParams are those of log.level: without a level it only asks.
type LevelParams struct {
	// Level is "debug", "info", "warn" or "error", or one of them with + or - a number.
	Level string `json:"level,omitempty"`
}

// Level is the level of the log, now and before.
type Level struct {
	Level string `json:"level"`
	Was   string `json:"was"`
}

// ConfigParams are those of config.get.
type ConfigParams struct {
	// Path is dotted, as "limits.idle"; of several settings, as "limits", all are
	// answered, and of "" the whole configuration.
	Path string `json:"path,omitempty"`
}

// Settings are the answer of config.get.
type Settings struct {
	Settings []Setting `json:"settings"`
}

// Setting is one value of the configuration.
type Setting struct {
	Path string `json:"path"`
	// Value as text, without secrets; "" for what is not given.
	Value string `json:"value"`
	// Where it is written, as file:line:column; "" for a default.
	Where string `json:"where,omitempty"`
	// Effect is when a change of it takes effect, in words.
	Effect string `json:"effect,omitempty"`
}

// Reloaded says what a new configuration changed.
type Reloaded struct {
	// Changes are in force, Pending ones wait for a restart.
	Changes []Change `json:"changes"`
	Pending []Change `json:"pending"`
}

// Change is a setting that differs.
type Change struct {
	Path   string `json:"path"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Where  string `json:"where,omitempty"`
	Effect string `json:"effect,omitempty"`
}

// Health says whether the server is well.
type Health struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
	// Uptime of the console in seconds, which begins with the server.
	Uptime  float64 `json:"uptime_s"`
	Version string  `json:"version"`
	// Registers by quality.
	Registers Qualities `json:"registers"`
	// Serving is how the register server keeps up; absent without one.
	Serving *Serving `json:"serving,omitempty"`
	// Consoles now.
	Consoles int `json:"consoles"`
	// Goroutines and bytes of heap in use of the process.
	Goroutines int    `json:"goroutines"`
	Heap       uint64 `json:"heap_bytes"`
}

// Serving is how the register server keeps up: package server explains it. Times are in
// seconds.
type Serving struct {
	Loops        int     `json:"loops"`
	Busy         float64 `json:"busy_s"`
	Backlog      int     `json:"backlog"`
	BacklogLimit int     `json:"backlog_limit"`
	Waiting      int     `json:"waiting"`
	Watching     int     `json:"watching"`
	Late         float64 `json:"late_s"`
	Latest       float64 `json:"latest_s"`
	Missed       uint64  `json:"missed"`
	LinesLost    uint64  `json:"lines_lost"`
}

// Qualities are numbers of registers.
type Qualities struct {
	Total     int `json:"total"`
	Good      int `json:"good"`
	Uncertain int `json:"uncertain"`
	Bad       int `json:"bad"`
}

// Stats are the register server's totals since it began.
type Stats struct {
	// At is as in ClientsPage.
	At float64 `json:"at_s"`
	Counts
	// Clients now; accepted, turned away and ended since the server began, and dropped:
	// those that the server ended.
	Clients    int    `json:"clients"`
	Accepted   uint64 `json:"accepted"`
	TurnedAway uint64 `json:"turned_away"`
	Ended      uint64 `json:"ended"`
	Dropped    uint64 `json:"dropped"`
	// Consoles now, and what became of those before.
	Consoles ConsoleStats `json:"consoles"`
}

// ConsoleStats are totals of consoles since the server began.
type ConsoleStats struct {
	Now      int    `json:"now"`
	Accepted uint64 `json:"accepted"`
	// Refused are those that were not let in, Dropped those that did not read or live.
	Refused uint64 `json:"refused"`
	Dropped uint64 `json:"dropped"`
}

// None is the answer of methods that have nothing to say.
type None struct{}
