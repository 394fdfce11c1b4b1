package opcua

import "github.com/gopcua/opcua/ua"

// unitsURI says that a unit's number is made of its UNECE common code.
const unitsURI = "http://www.opcfoundation.org/UA/units/un/cefact"

// unit is one of UNECE Recommendation 20.
type unit struct{ code, name string }

// units by how registers write them.
var units = map[string]unit{
	"1": {"C62", "one"}, "%": {"P1", "percent"},
	"m": {"MTR", "metre"}, "mm": {"MMT", "millimetre"}, "um": {"4H", "micrometre"}, "µm": {"4H", "micrometre"}, "cm": {"CMT", "centimetre"}, "km": {"KMT", "kilometre"},
	"m/s": {"MTS", "metre per second"}, "mm/s": {"C16", "millimetre per second"}, "m/s2": {"MSK", "metre per second squared"}, "m/s^2": {"MSK", "metre per second squared"},
	"s": {"SEC", "second"}, "ms": {"C26", "millisecond"}, "us": {"B98", "microsecond"}, "µs": {"B98", "microsecond"}, "ns": {"C47", "nanosecond"},
	"min": {"MIN", "minute"}, "h": {"HUR", "hour"},
	"Hz": {"HTZ", "hertz"}, "1/s": {"C97", "reciprocal second"}, "1/min": {"C94", "reciprocal minute"}, "rpm": {"RPM", "revolutions per minute"},
	"rad": {"C81", "radian"}, "deg": {"DD", "degree"}, "°": {"DD", "degree"}, "rad/s": {"2A", "radian per second"},
	"kg": {"KGM", "kilogram"}, "g": {"GRM", "gram"}, "N": {"NEW", "newton"}, "Nm": {"NU", "newton metre"}, "N.m": {"NU", "newton metre"},
	"Pa": {"PAL", "pascal"}, "kPa": {"KPA", "kilopascal"}, "bar": {"BAR", "bar"},
	"degC": {"CEL", "degree Celsius"}, "°C": {"CEL", "degree Celsius"}, "K": {"KEL", "kelvin"},
	"V": {"VLT", "volt"}, "mV": {"2Z", "millivolt"}, "A": {"AMP", "ampere"}, "mA": {"4K", "milliampere"}, "W": {"WTT", "watt"}, "kW": {"KWT", "kilowatt"},
	"J": {"JOU", "joule"}, "kWh": {"KWH", "kilowatt hour"}, "l": {"LTR", "litre"}, "L": {"LTR", "litre"}, "ml": {"MLT", "millilitre"}, "m3": {"MTQ", "cubic metre"},
	"px": {"E37", "pixel"}, "byte": {"AD", "byte"}, "bit": {"A99", "bit"},
}

// unitInformation describes a unit to clients (Part 8, 5.6.3). One that UNECE has no code
// for keeps its text, with the number -1, in the registers' namespace.
func unitInformation(text, namespace string) *ua.EUInformation {
	u, ok := units[text]
	if !ok {
		return &ua.EUInformation{NamespaceURI: namespace, UnitID: -1, DisplayName: ua.NewLocalizedText(text), Description: ua.NewLocalizedText(text)}
	}
	number := int32(0)
	for i := range len(u.code) {
		number = number<<8 | int32(u.code[i])
	}
	return &ua.EUInformation{NamespaceURI: unitsURI, UnitID: number, DisplayName: ua.NewLocalizedText(text), Description: ua.NewLocalizedText(u.name)}
}
