package modbus

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestTheREADMENamesAllSettingsAndExceptions(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	for _, part := range []any{Settings{}, Unit{}, Block{}, Serial{}, Identity{}} {
		typ := reflect.TypeOf(part)
		for i := range typ.NumField() {
			if tag := typ.Field(i).Tag.Get("json"); tag == "" || !strings.Contains(readme, "`"+tag+"`") {
				t.Errorf("the README does not name `%s` of %v", tag, typ)
			}
		}
	}
	for code, text := range exceptionText {
		if row := fmt.Sprintf("| %02X | %s |", uint8(code), text); !strings.Contains(readme, row) {
			t.Errorf("the README has no row %q", row)
		}
	}
	for _, text := range onBadText {
		if !strings.Contains(readme, "| `"+text+"`") {
			t.Errorf("the README has no row for `%s`", text)
		}
	}
	table, err := os.ReadFile("testdata/addresses.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(readme, "```\n")
	example, _, _ = strings.Cut(example, "```")
	if !strings.Contains(string(table), example) {
		t.Errorf("the README's address table is not a part of testdata/addresses.txt")
	}
}
