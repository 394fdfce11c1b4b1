package opcua

import (
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"linetwin.dev/protocol"
)

// dataTypes of registers, by their types.
var dataTypes = [...]uint32{
	protocol.Bool: id.Boolean,
	protocol.U16:  id.UInt16, protocol.I16: id.Int16,
	protocol.U32: id.UInt32, protocol.I32: id.Int32,
	protocol.U64: id.UInt64, protocol.I64: id.Int64,
	protocol.F32: id.Float, protocol.F64: id.Double,
}

// variant is a register's value as clients see it. An enumeration is an Int32, whatever
// the register's type (Part 3, 8.14).
func variant(t protocol.Type, enumeration bool, v protocol.Value) *ua.Variant {
	if enumeration {
		return ua.MustVariant(int32(v.Int()))
	}
	switch t {
	case protocol.Bool:
		return ua.MustVariant(v.Bool())
	case protocol.U16:
		return ua.MustVariant(uint16(v.Uint()))
	case protocol.I16:
		return ua.MustVariant(int16(v.Int()))
	case protocol.U32:
		return ua.MustVariant(uint32(v.Uint()))
	case protocol.I32:
		return ua.MustVariant(int32(v.Int()))
	case protocol.U64:
		return ua.MustVariant(v.Uint())
	case protocol.I64:
		return ua.MustVariant(v.Int())
	case protocol.F32:
		return ua.MustVariant(float32(v.Float()))
	}
	return ua.MustVariant(v.Float())
}

// registerValue is the value that a client wrote, for a register of type t. It must have
// exactly the node's data type.
func registerValue(t protocol.Type, e *Enumeration, v *ua.Variant) (protocol.Value, ua.StatusCode) {
	if v == nil || v.Has(ua.VariantArrayValues) {
		return protocol.Value{}, ua.StatusBadTypeMismatch
	}
	var value protocol.Value
	var of protocol.Type
	switch x := v.Value().(type) {
	case bool:
		value, of = protocol.BoolValue(x), protocol.Bool
	case uint16:
		value, of = protocol.UintValue(uint64(x)), protocol.U16
	case int16:
		value, of = protocol.IntValue(int64(x)), protocol.I16
	case uint32:
		value, of = protocol.UintValue(uint64(x)), protocol.U32
	case int32:
		value, of = protocol.IntValue(int64(x)), protocol.I32
		if e != nil {
			return enumerationValue(t, e, x)
		}
	case uint64:
		value, of = protocol.UintValue(x), protocol.U64
	case int64:
		value, of = protocol.IntValue(x), protocol.I64
	case float32:
		value, of = protocol.FloatValue(float64(x)), protocol.F32
	case float64:
		value, of = protocol.FloatValue(x), protocol.F64
	}
	if of != t || e != nil {
		return protocol.Value{}, ua.StatusBadTypeMismatch
	}
	return value, ua.StatusOK
}

func enumerationValue(t protocol.Type, e *Enumeration, n int32) (protocol.Value, ua.StatusCode) {
	v, fits := protocol.IntValue(int64(n)).Fit(t)
	if _, known := e.Values[n]; !known || !fits || v.Int() != int64(n) {
		return protocol.Value{}, ua.StatusBadOutOfRange
	}
	return v, ua.StatusOK
}

// quality is a register's quality as a status. A register that was never written waits
// for its first value.
func quality(s protocol.Sample, written bool) ua.StatusCode {
	switch {
	case !written:
		return ua.StatusBadWaitingForInitialData
	case s.Quality == protocol.Good:
		return ua.StatusOK
	case s.Quality == protocol.Uncertain:
		return ua.StatusUncertain
	}
	return ua.StatusBad
}

// outcome says what a write came to.
func outcome(s protocol.Status) ua.StatusCode {
	switch s {
	case protocol.OK:
		return ua.StatusOK
	case protocol.UnknownRegister:
		return ua.StatusBadNodeIDUnknown
	case protocol.WrongType:
		return ua.StatusBadTypeMismatch
	case protocol.NotWritable:
		return ua.StatusBadNotWritable
	case protocol.OutOfRange:
		return ua.StatusBadOutOfRange
	case protocol.Busy:
		return ua.StatusBadResourceUnavailable
	case protocol.NotAuthorised:
		return ua.StatusBadUserAccessDenied
	case protocol.DeviceFailed:
		return ua.StatusBadDeviceFailure
	case protocol.DeviceNotResponding:
		return ua.StatusBadNoCommunication
	case protocol.Limit:
		return ua.StatusBadTooManyOperations
	}
	return ua.StatusBadUnexpectedError
}

// stamp gives a value the time stamps that the client wants.
func stamp(v *ua.DataValue, want ua.TimestampsToReturn, source, now time.Time) *ua.DataValue {
	if want == ua.TimestampsToReturnSource || want == ua.TimestampsToReturnBoth {
		v.SourceTimestamp = source
	}
	if want == ua.TimestampsToReturnServer || want == ua.TimestampsToReturnBoth {
		v.ServerTimestamp = now
	}
	v.UpdateMask()
	return v
}
