package recording

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/foxglove/mcap/go/mcap"

	"linetwin.dev/mes"
	"linetwin.dev/twin/device"
)

// told are the kinds of records that are JSON: where they go, and what they hold.
var told = map[uint8]struct {
	name   string
	suffix string
	of     any
}{
	device.TruthLeft:    {"part left", "/truth/left", device.Part{}},
	device.TruthSeen:    {"part seen", "/truth/seen", device.Sight{}},
	device.TruthExposed: {"frame exposed", "/truth/exposed", device.Exposure{}},
	device.Note:         {"remark", "/notes", device.Remark{}},
	device.Order:        {"order", "/orders", mes.Command{}},
	device.Client:       {"client event", "/clients", device.ClientEvent{}},
}

// kindName of a record, for people.
func kindName(kind uint8) string {
	if kind == device.Registers {
		return "registers"
	}
	if t, ok := told[kind]; ok {
		return t.name
	}
	return fmt.Sprintf("kind %d", kind)
}

// channel is the id of the channel for records of a kind; it is made when the first
// one comes.
func (w *Writer) channel(component uint16, kind uint8) (uint16, error) {
	if ids := w.channels[component]; int(kind) < len(ids) && ids[kind] != 0 {
		return ids[kind] - 1, nil
	}
	return w.newChannel(component, kind)
}

func (w *Writer) newChannel(component uint16, kind uint8) (uint16, error) {
	ch := &mcap.Channel{Metadata: map[string]string{"component": strconv.Itoa(int(component)), "kind": strconv.Itoa(int(kind))}}
	topic := "/" + w.names[component]
	var schema *mcap.Schema
	if kind == device.Registers {
		m := &w.layout.messages[component]
		schema = &mcap.Schema{Name: m.name, Encoding: "protobuf", Data: m.schema}
		ch.Topic, ch.MessageEncoding = topic, "protobuf"
	} else if t, ok := told[kind]; ok {
		name, data, err := jsonSchema(t.of)
		if err != nil {
			return 0, err
		}
		schema = &mcap.Schema{Name: name, Encoding: "jsonschema", Data: data}
		ch.Topic, ch.MessageEncoding = topic+t.suffix, "json"
	} else {
		// Nobody can show it, but nothing is lost.
		ch.Topic, ch.MessageEncoding = fmt.Sprintf("%s/kind/%d", topic, kind), "linetwin"
	}
	id, err := w.add(schema, ch)
	if err != nil {
		return 0, err
	}
	for len(w.channels[component]) <= int(kind) {
		w.channels[component] = append(w.channels[component], 0)
	}
	w.channels[component][kind] = id + 1
	return id, nil
}

// topic is the id of the channel for frames.
func (w *Writer) topic(topic string) (uint16, error) {
	if id, ok := w.topics[topic]; ok {
		return id, nil
	}
	data, err := imageSchema()
	if err != nil {
		return 0, err
	}
	id, err := w.add(&mcap.Schema{Name: imageMessage, Encoding: "protobuf", Data: data},
		&mcap.Channel{Topic: topic, MessageEncoding: "protobuf", Metadata: map[string]string{}})
	if err == nil {
		w.topics[topic] = id
	}
	return id, err
}

// add writes a channel, and its schema unless that is there.
func (w *Writer) add(schema *mcap.Schema, ch *mcap.Channel) (uint16, error) {
	if schema != nil {
		id, ok := w.schemas[schema.Name]
		if !ok {
			id = uint16(len(w.schemas) + 1)
			schema.ID = id
			if err := w.mw.WriteSchema(schema); err != nil {
				return 0, err
			}
			w.schemas[schema.Name] = id
		}
		ch.SchemaID = id
	}
	n := w.mw.Statistics.ChannelCount
	if n >= 1<<16-1 {
		return 0, fmt.Errorf("%d channels are all that a recording takes", n)
	}
	ch.ID = uint16(n)
	return ch.ID, w.mw.WriteChannel(ch)
}

// jsonSchema describes what encoding/json makes of v.
func jsonSchema(v any) (name string, schema []byte, err error) {
	t := reflect.TypeOf(v)
	s := shape(t)
	s["title"] = t.Name()
	schema, err = json.Marshal(s) // sorts the keys
	return "linetwin.device." + t.Name(), schema, err
}

func shape(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Struct:
		properties := map[string]any{}
		for i := range t.NumField() {
			properties[t.Field(i).Name] = shape(t.Field(i).Type)
		}
		return map[string]any{"type": "object", "properties": properties}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}
