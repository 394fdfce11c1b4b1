package recogniser

import (
	"os"
	"regexp"
	"testing"
)

func TestTheMessagesInTheReadmeAreMessages(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Type]bool{}
	for _, m := range regexp.MustCompile(`(?m)^    (host|recogniser) +(\{.*\})$`).FindAllSubmatch(text, -1) {
		msg, err := ParseMessage(m[2])
		if err != nil {
			t.Error(err)
		}
		fromHost := msg.Type == Hello || msg.Type == Recognise || msg.Type == Shutdown
		if fromHost != (string(m[1]) == "host") {
			t.Errorf("%s is not from the %s", msg.Type, m[1])
		}
		seen[msg.Type] = true
	}
	for _, want := range []Type{Hello, Recognise, Shutdown, Ready, Progress, Result, Failure} {
		if !seen[want] {
			t.Errorf("the README shows no %s", want)
		}
	}
}
