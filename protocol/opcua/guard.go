package opcua

import (
	"encoding/binary"
	"reflect"
	"time"

	"github.com/gopcua/opcua/ua"
)

// The library's decoder believes what a message says: it makes an array of two thousand
// million elements because four bytes name that length, and follows values nested in
// values until the stack is full, of which no program recovers. So a body is walked
// first, by the same types and without taking memory, and decoded only when all its
// lengths are within it.

const (
	// deepest nesting of a request. Those of the standard's services need about ten.
	deepest = 40
	// mostDimensions of an array in a value.
	mostDimensions = 8
)

var (
	typeTime      = reflect.TypeFor[time.Time]()
	typeNodeID    = reflect.TypeFor[ua.NodeID]()
	typeExpanded  = reflect.TypeFor[ua.ExpandedNodeID]()
	typeVariant   = reflect.TypeFor[ua.Variant]()
	typeDataValue = reflect.TypeFor[ua.DataValue]()
	typeExtension = reflect.TypeFor[ua.ExtensionObject]()
	typeText      = reflect.TypeFor[ua.LocalizedText]()
	typeGUID      = reflect.TypeFor[ua.GUID]()
	typeDiagnosis = reflect.TypeFor[ua.DiagnosticInfo]()
	typeQualified = reflect.TypeFor[ua.QualifiedName]()
	typeString    = reflect.TypeFor[string]()
)

// walker goes over an encoded value.
type walker struct {
	b     []byte
	depth int
	bad   bool
}

// decode reads v, a pointer to a struct, from the beginning of b and returns what is
// left. It reports false when b does not hold a v.
func decode(b []byte, v any) (rest []byte, ok bool) {
	w := walker{b: b}
	w.value(reflect.TypeOf(v).Elem())
	if w.bad {
		return nil, false
	}
	n, err := ua.Decode(b, v)
	if err != nil || n > len(b) {
		return nil, false
	}
	return b[n:], true
}

func (w *walker) skip(n int) []byte {
	if n < 0 || n > len(w.b) {
		w.bad, w.b = true, nil
		return nil
	}
	head := w.b[:n]
	w.b = w.b[n:]
	return head
}

func (w *walker) byte() byte {
	if b := w.skip(1); b != nil {
		return b[0]
	}
	return 0
}

func (w *walker) uint32() uint32 {
	if b := w.skip(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// length of a string or array: it has at most as many elements as bytes are left.
func (w *walker) length() int {
	n := w.uint32()
	if n == 0xffffffff {
		return 0
	}
	if uint64(n) > uint64(len(w.b)) {
		w.bad = true
		return 0
	}
	return int(n)
}

func (w *walker) string() { w.skip(w.length()) }

// value walks over a value of a type. The decoder goes by the same kinds, and lets the
// types with a Decode method read themselves.
func (w *walker) value(t reflect.Type) {
	if w.depth++; w.depth > deepest {
		w.bad = true
	}
	defer func() { w.depth-- }()
	if w.bad {
		return
	}
	switch t {
	case typeTime:
		w.skip(8)
	case typeNodeID:
		w.nodeID(0)
	case typeExpanded:
		w.nodeID(0xc0)
	case typeVariant:
		w.variant()
	case typeDataValue:
		w.dataValue()
	case typeExtension:
		w.extension()
	case typeText:
		mask := w.byte()
		w.ifSet(mask, ua.LocalizedTextLocale, w.string)
		w.ifSet(mask, ua.LocalizedTextText, w.string)
	case typeGUID:
		w.skip(16)
	case typeDiagnosis:
		w.diagnosis()
	default:
		w.kind(t)
	}
}

func (w *walker) kind(t reflect.Type) {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		w.skip(1)
	case reflect.Int16, reflect.Uint16:
		w.skip(2)
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		w.skip(4)
	case reflect.Int64, reflect.Uint64, reflect.Float64:
		w.skip(8)
	case reflect.String:
		w.string()
	case reflect.Pointer:
		w.depth-- // a pointer is no nesting
		w.value(t.Elem())
		w.depth++
	case reflect.Slice:
		n := w.length()
		if t.Elem().Kind() == reflect.Uint8 {
			w.skip(n)
			return
		}
		for ; n > 0 && !w.bad; n-- {
			w.value(t.Elem())
		}
	case reflect.Struct:
		for i := range t.NumField() {
			w.value(t.Field(i).Type)
		}
	default:
		w.bad = true
	}
}

func (w *walker) ifSet(mask, bit byte, walk func()) {
	if mask&bit != 0 {
		walk()
	}
}

// nodeID of which the mask may have these flags. The library's NodeID would take flags
// that only an expanded one can have, and then not read what they announce.
func (w *walker) nodeID(flags byte) {
	mask := w.byte()
	if mask&0xf0&^flags != 0 {
		w.bad = true
	}
	switch ua.NodeIDType(mask & 0xf) {
	case ua.NodeIDTypeTwoByte:
		w.skip(1)
	case ua.NodeIDTypeFourByte:
		w.skip(3)
	case ua.NodeIDTypeNumeric:
		w.skip(6)
	case ua.NodeIDTypeGUID:
		w.skip(18)
	case ua.NodeIDTypeString, ua.NodeIDTypeByteString:
		w.skip(2)
		w.string()
	default:
		w.bad = true
	}
	w.ifSet(mask, 0x80, w.string)
	w.ifSet(mask, 0x40, func() { w.skip(4) })
}

func (w *walker) dataValue() {
	mask := w.byte()
	w.ifSet(mask, ua.DataValueValue, func() { w.value(typeVariant) })
	w.ifSet(mask, ua.DataValueStatusCode, func() { w.skip(4) })
	w.ifSet(mask, ua.DataValueSourceTimestamp, func() { w.skip(8) })
	w.ifSet(mask, ua.DataValueSourcePicoseconds, func() { w.skip(2) })
	w.ifSet(mask, ua.DataValueServerTimestamp, func() { w.skip(8) })
	w.ifSet(mask, ua.DataValueServerPicoseconds, func() { w.skip(2) })
}

func (w *walker) diagnosis() {
	mask := w.byte()
	for _, bit := range []byte{ua.DiagnosticInfoSymbolicID, ua.DiagnosticInfoNamespaceURI, ua.DiagnosticInfoLocale, ua.DiagnosticInfoLocalizedText} {
		w.ifSet(mask, bit, func() { w.skip(4) })
	}
	w.ifSet(mask, ua.DiagnosticInfoAdditionalInfo, w.string)
	w.ifSet(mask, ua.DiagnosticInfoInnerStatusCode, func() { w.skip(4) })
	w.ifSet(mask, ua.DiagnosticInfoInnerDiagnosticInfo, func() { w.value(typeDiagnosis) })
}

// builtin are the types that a Variant holds, by their numbers; the simple ones by size.
var (
	builtinSize = map[ua.TypeID]int{
		ua.TypeIDBoolean: 1, ua.TypeIDSByte: 1, ua.TypeIDByte: 1, ua.TypeIDInt16: 2, ua.TypeIDUint16: 2,
		ua.TypeIDInt32: 4, ua.TypeIDUint32: 4, ua.TypeIDInt64: 8, ua.TypeIDUint64: 8, ua.TypeIDFloat: 4,
		ua.TypeIDDouble: 8, ua.TypeIDDateTime: 8, ua.TypeIDGUID: 16, ua.TypeIDStatusCode: 4,
	}
	builtinType = map[ua.TypeID]reflect.Type{
		ua.TypeIDString: typeString, ua.TypeIDByteString: typeString, ua.TypeIDXMLElement: typeString,
		ua.TypeIDNodeID: typeNodeID, ua.TypeIDExpandedNodeID: typeExpanded, ua.TypeIDQualifiedName: typeQualified,
		ua.TypeIDLocalizedText: typeText, ua.TypeIDExtensionObject: typeExtension, ua.TypeIDDataValue: typeDataValue,
		ua.TypeIDVariant: typeVariant, ua.TypeIDDiagnosticInfo: typeDiagnosis,
	}
)

func (w *walker) variant() {
	mask := w.byte()
	id := ua.TypeID(mask & 0x3f)
	if id == ua.TypeIDNull {
		return
	}
	size, simple := builtinSize[id]
	t := builtinType[id]
	if !simple && t == nil {
		w.bad = true
		return
	}
	n := 1
	if mask&ua.VariantArrayValues != 0 {
		n = w.length()
	} else if mask&ua.VariantArrayDimensions != 0 {
		w.bad = true
	}
	for ; n > 0 && !w.bad; n-- {
		if simple {
			w.skip(size)
		} else {
			w.value(t)
		}
	}
	if mask&ua.VariantArrayDimensions != 0 {
		if n := w.length(); n <= mostDimensions {
			w.skip(4 * n)
		} else {
			w.bad = true
		}
	}
}

// extension walks over an extension object. Bodies of types that the library does not
// know it passes over, as the library does.
func (w *walker) extension() {
	start := w.b
	w.nodeID(0xc0)
	head := start[:len(start)-len(w.b)]
	mask := w.byte()
	if w.bad || mask == ua.ExtensionObjectEmpty {
		return
	}
	body := walker{b: w.skip(w.length()), depth: w.depth}
	if w.bad || len(body.b) == 0 {
		return
	}
	if mask == ua.ExtensionObjectXML {
		body.string()
	} else if t := extensionType(head); t != nil {
		body.value(t)
	}
	w.bad = w.bad || body.bad
}

// extensionType is the type that the library decodes an extension object of this type
// into, or nil. It has no question for that, but shows it when a body of one byte fails.
func extensionType(id []byte) reflect.Type {
	probe := append(append([]byte(nil), id...), ua.ExtensionObjectBinary, 1, 0, 0, 0, 0)
	var e ua.ExtensionObject
	// An error is what is expected here: few types have one byte.
	_, _ = e.Decode(probe)
	if e.Value == nil {
		return nil
	}
	t := reflect.TypeOf(e.Value)
	if t.Kind() != reflect.Pointer {
		return nil
	}
	return t.Elem()
}
