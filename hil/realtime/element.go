package realtime

import (
	"fmt"
	"hash/fnv"
	"reflect"
	"strings"
	"unsafe"
)

// largestElement is the most bytes that one element of a ring or one record may have.
const largestElement = 1 << 20

// layout says what T looks like in memory, so that two processes can find out whether
// they mean the same. It is an error for a T that must not be shared: one with pointers
// of any kind, because they mean nothing in another process and the garbage collector
// does not look into mapped memory, and one with a bool, because a byte from elsewhere
// may be neither 0 nor 1.
func layout[T any]() (fingerprint uint64, err error) {
	t := reflect.TypeFor[T]()
	var text strings.Builder
	if err := describe(&text, t, t.String()); err != nil {
		return 0, err
	}
	switch n := t.Size(); {
	case n == 0:
		return 0, fmt.Errorf("realtime: %v has no size; there is nothing to hand over", t)
	case n > largestElement:
		return 0, fmt.Errorf("realtime: %v has %d bytes, more than %d; hand over a smaller record", t, n, largestElement)
	}
	h := fnv.New64a()
	h.Write([]byte(text.String()))
	// The first byte of a 1 in memory tells the order of bytes.
	one := uint16(1)
	h.Write([]byte{*(*byte)(unsafe.Pointer(&one))})
	return h.Sum64(), nil
}

// describe writes the kinds, names and places of all that a type holds.
func describe(w *strings.Builder, t reflect.Type, at string) error {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		fmt.Fprintf(w, "%s%d", t.Kind(), t.Size())
		return nil
	case reflect.Array:
		fmt.Fprintf(w, "[%d]", t.Len())
		return describe(w, t.Elem(), at+"[]")
	case reflect.Struct:
		fmt.Fprintf(w, "{%d", t.Size())
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(w, ";%s@%d ", f.Name, f.Offset)
			if err := describe(w, f.Type, at+"."+f.Name); err != nil {
				return err
			}
		}
		w.WriteByte('}')
		return nil
	case reflect.Bool:
		return fmt.Errorf("realtime: %s is a bool, of which another process could make something that is neither true nor false; use a uint8", at)
	default:
		return fmt.Errorf("realtime: %s is a %s; a ring holds numbers, arrays and structs of them, and nothing that points elsewhere", at, t.Kind())
	}
}
