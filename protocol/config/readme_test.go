package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue/cuecontext"
)

// table lists all settings as README.md has them.
func table(t *testing.T) string {
	s, err := newSchema(cuecontext.New())
	if err != nil {
		t.Fatal(err)
	}
	b := &strings.Builder{}
	fmt.Fprintln(b, "| setting | default | a change takes effect | |\n| --- | --- | --- | --- |")
	lists := map[reflect.Type]string{} // where a list of structs was first
	var visit func(goType reflect.Type, path string, around Effect)
	visit = func(goType reflect.Type, path string, around Effect) {
		entries := s.fields("#" + goType.Name())
		for i := range goType.NumField() {
			f := goType.Field(i)
			if !f.IsExported() {
				continue
			}
			e, here, effect := entries[tag(f)], path+tag(f), effectOf(f, around)
			t := f.Type
			if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
				visit(t.Elem(), here+".", effect)
				continue
			}
			switch t.Kind() {
			case reflect.Struct:
				visit(t, here+".", effect)
				continue
			case reflect.Map:
				visit(t.Elem(), here+".NAME.", effect)
				continue
			case reflect.Slice:
				if first := lists[t]; t.Elem().Kind() == reflect.Struct && first != "" {
					fmt.Fprintf(b, "| `%s` | | %s | as `%s` |\n", here, effect, first)
					continue
				}
				if t.Elem().Kind() == reflect.Struct {
					lists[t] = here
					visit(t.Elem(), here+"[].", effect)
					continue
				}
			}
			def := "none"
			if e.required {
				def = "must be written"
			} else if d, ok := e.v.Default(); ok && !e.optional {
				def = "`" + strings.Join(strings.Fields(fmt.Sprint(d)), " ") + "`"
			}
			var doc string
			for _, group := range e.v.Doc() {
				doc = strings.Join(strings.Fields(group.Text()), " ")
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", here, def, effect, doc)
		}
	}
	visit(reflect.TypeFor[Config](), "", AtOnce)
	return b.String()
}

const begin, end = "<!-- settings -->\n", "<!-- /settings -->\n"

func TestTheReadmeListsAllSettings(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	golden(t, "README.md", head+begin+"\n"+table(t)+"\n"+end+tail)
}

func TestTheExampleInTheReadmeLoads(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```cue\n")
	example, _, _ := strings.Cut(rest, "```\n")
	file := filepath.Join(t.TempDir(), "server.cue")
	put(t, file, example)
	c := mustLoad(t, file)
	b, _ := bankOf(t, c, nil)
	if _, err := c.Grants(b); err != nil {
		t.Error(err)
	}
	if len(c.Registers) == 0 || len(c.Clients) == 0 || c.Modbus == nil {
		t.Errorf("the example says little: %+v", c)
	}
	var want []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "server.cue:") {
			want = append(want, line)
		}
	}
	change(t, file, `"30s"`, `30`, `-secret", role: "panel"`, `-secret", role: "pannel"`)
	t.Chdir(filepath.Dir(file))
	if got := told("server.cue"); got != strings.Join(want, "\n") {
		t.Errorf("mistakes are told as\n%s\nthe README says\n%s", got, strings.Join(want, "\n"))
	}
}
