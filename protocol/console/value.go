package console

import (
	"encoding/json"
	"fmt"
	"math"

	"linetwin.dev/protocol"
)

// exact is the largest integer up to which a reader that holds numbers as float64, as
// JavaScript does, has them all.
const exact = 1<<53 - 1

// jsonValue is a register's value as it goes into an answer.
func jsonValue(t protocol.Type, v protocol.Value) any {
	text := v.Format(t)
	switch n := v.Number(t); {
	case t == protocol.Bool:
		return v.Bool()
	case t.Integer() && math.Abs(n) > exact, math.IsInf(n, 0), math.IsNaN(n):
		return text
	}
	return json.Number(text)
}

// parseValue reads what a caller wants to give to a register of type t.
func parseValue(t protocol.Type, raw json.RawMessage) (protocol.Value, error) {
	text := string(raw)
	if len(raw) > 0 && raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return protocol.Value{}, err
		}
	}
	if len(text) > mostText {
		return protocol.Value{}, fmt.Errorf("a value has at most %d bytes, not %d", mostText, len(text))
	}
	return protocol.ParseValue(t, text)
}

func jsonReading(info *protocol.Info, s protocol.Sample) Reading {
	return Reading{
		Name: info.Name, Value: jsonValue(info.Type, s.Value), Unit: info.Unit,
		Quality: s.Quality.String(), Time: s.Time.Seconds(),
	}
}
