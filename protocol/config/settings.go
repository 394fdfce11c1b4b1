package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"linetwin.dev/specs/mistake"
)

// Effect is when a change of a setting takes effect.
type Effect uint8

// The effects, from the soonest to the latest.
const (
	AtOnce     Effect = iota // for requests from now on, of clients that are there as well
	Connection               // for clients that connect from now on
	Restart                  // for the next start of the server
)

// String is "at once", "for new connections" or "after a restart".
func (e Effect) String() string {
	return [...]string{AtOnce: "at once", Connection: "for new connections", Restart: "after a restart"}[e]
}

// MarshalText is String.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// effectOf is the effect that a field has by its tag, or else that of what it is in.
func effectOf(f reflect.StructField, around Effect) Effect {
	switch f.Tag.Get("apply") {
	case "now":
		return AtOnce
	case "connection":
		return Connection
	case "restart":
		return Restart
	}
	return around
}

// Setting is one value of a configuration.
type Setting struct {
	// Path as people write it: "limits.idle", `registers."tank.level".min`.
	Path string `json:"path"`
	// Value as text; "(secret)" for a token, "" for what is not given.
	Value string `json:"value"`
	// Where it is written, as file:line:column; "" for a default.
	Where string `json:"where,omitempty"`
	// Effect of a change.
	Effect Effect `json:"effect"`
}

// Settings are all settings, in the order of the schema, names in that of the alphabet.
func (c *Config) Settings() []Setting {
	var all []Setting
	c.walk(reflect.ValueOf(c).Elem(), nil, AtOnce, func(s Setting) { all = append(all, s) })
	return all
}

// walk visits the settings in v.
func (c *Config) walk(v reflect.Value, path []string, effect Effect, visit func(Setting)) {
	if value, ok := leafText(v, path); ok {
		s := Setting{Path: mistake.Show(path), Value: value, Effect: effect}
		if p, ok := c.src.places[s.Path]; ok {
			s.Where = mistake.Where(p.value)
		}
		visit(s)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		c.walk(v.Elem(), path, effect, visit)
	case reflect.Slice:
		for i := range v.Len() {
			c.walk(v.Index(i), append(slices.Clip(path), strconv.Itoa(i)), effect, visit)
		}
	case reflect.Map:
		for _, name := range keys(v) {
			c.walk(v.MapIndex(reflect.ValueOf(name)), append(slices.Clip(path), name), effect, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); tag(f) != "" {
				c.walk(v.Field(i), append(slices.Clip(path), tag(f)), effectOf(f, effect), visit)
			}
		}
	}
}

// leafText is the value of what has no settings in it.
func leafText(v reflect.Value, path []string) (string, bool) {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return "", true
	case v.Kind() == reflect.Pointer && v.Elem().Kind() != reflect.Struct:
		v = v.Elem()
	}
	if _, ok := v.Interface().(encoding.TextMarshaler); ok {
		return fmt.Sprint(v.Interface()), true
	}
	switch v.Kind() {
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Struct:
			return "", false
		case reflect.String:
			return fmt.Sprintf("%q", v.Interface()), true
		}
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "", false
	}
	text := fmt.Sprint(v.Interface())
	if text != "" && secret(path) {
		text = "(secret)"
	}
	return text, true
}

func keys(m reflect.Value) []string {
	var all []string
	for _, k := range m.MapKeys() {
		all = append(all, k.String())
	}
	slices.Sort(all)
	return all
}

// Lookup finds a setting by its dotted path, as "limits.idle", or all settings below
// one, as "limits"; "" is all of them. Names with dots in them may be written without
// quotes. The error names the nearest one.
func (c *Config) Lookup(path string) ([]Setting, error) {
	all := c.Settings()
	want := strings.ReplaceAll(path, `"`, "")
	var found []Setting
	var known []string
	for _, s := range all {
		plain := strings.ReplaceAll(s.Path, `"`, "")
		if want == "" || plain == want || strings.HasPrefix(plain, want+".") {
			found = append(found, s)
		}
		known = append(known, plain)
		for i, r := range plain {
			if r == '.' {
				known = append(known, plain[:i])
			}
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	var sections []string
	for i := range reflect.TypeFor[Config]().NumField() {
		if name := tag(reflect.TypeFor[Config]().Field(i)); name != "" {
			sections = append(sections, name)
		}
	}
	if slices.Contains(sections, want) {
		return nil, nil // a map that is empty
	}
	slices.Sort(known)
	guess := mistake.Nearest(want, append(sections, slices.Compact(known)...))
	if guess != "" {
		return nil, fmt.Errorf("there is no setting %q; did you mean %q?", path, guess)
	}
	return nil, fmt.Errorf("there is no setting %q; the settings begin with %s", path, strings.Join(sections, ", "))
}
