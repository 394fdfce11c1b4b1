package console

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"linetwin.dev/protocol/server"
)

// example is a message of the README, or what happens between two of them.
type example struct{ who, text string }

// examples are those of the README, in its order.
func examples(t *testing.T) (all []example) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	inside, ours := false, false // a block, and one of messages
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
			ours = inside && line == "```\n"
			continue
		}
		if !ours {
			continue
		}
		switch who := line[:min(2, len(line))]; who {
		case "C:", "S:", "# ":
			all = append(all, example{who, strings.TrimSpace(line[2:])})
		case "  ":
			all[len(all)-1].text += " " + strings.TrimSpace(line)
		}
	}
	return all
}

// varying are the numbers that no two runs have alike.
var varying = regexp.MustCompile(`("(?:at_s|uptime_s|goroutines|heap_bytes)":)[0-9.e+]+`)

// normal is a message without white space and without what varies.
func normal(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return varying.ReplaceAllString(b.String(), "${1}0")
}

func TestTheExamplesInTheReadmeAreTrue(t *testing.T) {
	l := newLine(t, func(l *line) {
		l.server.clients[0].Addr = netip.MustParseAddrPort("10.0.0.7:40112")
		l.o.Checks = func() []Check { return []Check{{"modbus", true, "port 502"}} }
	})
	happens := map[string]func(){
		"the belt counts a bottle": func() { l.count.SetUint(3*time.Second, 1) },
		"the client reads a register": func() {
			l.server.say(7, server.Frame{At: 14 * time.Second, In: true, Size: 5, Text: "read 0 as u16"})
		},
	}
	ws, _, _ := l.knock([]string{Protocol}, nil)
	methods := map[string]bool{}
	all := examples(t)
	for i, e := range all {
		switch e.who {
		case "C:":
			l.send(ws, e.text)
			var call struct{ Method string }
			l.must(json.Unmarshal([]byte(e.text), &call))
			methods[call.Method] = true
		case "# ":
			happens[e.text]()
		case "S:":
			if all[i-1].who == "S:" {
				continue // was expected together with that
			}
			// Of messages that follow each other, either may be the first.
			var want, got []string
			for _, e := range all[i:] {
				if e.who != "S:" {
					break
				}
				want = append(want, normal(t, e.text))
				got = append(got, normal(t, l.receive(ws)))
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Fatalf("after %s\nthe server says %s\nthe README %s", all[i-1].text, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	for name := range l.con.methods {
		if !methods[name] {
			t.Errorf("the README has no example of %s", name)
		}
	}
}
