package modbus

import "runtime/debug"

// object is a text of the device identification.
type object struct {
	id   uint8
	text string
}

// maxObject is the longest text for which a reply has room.
const maxObject = MaxPDU - 9

// The categories of objects that ReadDeviceIdentification reads, and its way to read
// one object alone.
const (
	basicIdentity   = 1
	regularIdentity = 2
	extendedObjects = 3
	oneObject       = 4

	basicObjects = 3 // the first objects, which every device has
	// conformity: the gateway has the regular objects and gives them one by one as well.
	conformity = 0x80 | regularIdentity
)

func (d Identity) withDefaults() Identity {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&d.Vendor, "linetwin.dev")
	set(&d.ProductCode, "linetwin")
	if d.Revision == "" {
		d.Revision = "(devel)"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
			d.Revision = info.Main.Version
		}
	}
	return d
}

// objects are the texts in order of id; those of the regular category only where they
// are set.
func (d Identity) objects() []object {
	list := []object{{0, d.Vendor}, {1, d.ProductCode}, {2, d.Revision}}
	for i, s := range []string{d.VendorURL, d.ProductName, d.ModelName, d.ApplicationName} {
		if s != "" {
			list = append(list, object{uint8(basicObjects + i), s})
		}
	}
	return list
}

// identify appends the reply to ReadDeviceIdentification.
func (im *image) identify(dst, data []byte) ([]byte, Exception) {
	if len(data) < 1 || data[0] != ReadDeviceIdentification {
		return dst, IllegalFunction
	}
	if len(data) != 3 {
		return dst, IllegalValue
	}
	code, first := data[1], data[2]
	list := im.identity
	switch code {
	case basicIdentity:
		list = list[:basicObjects]
	case regularIdentity, extendedObjects:
	case oneObject:
		return im.identifyOne(dst, first)
	default:
		return dst, IllegalValue
	}
	from := 0
	for i, o := range list {
		if o.id == first {
			from = i
		}
	}
	return appendObjects(dst, code, list[from:]), 0
}

// identifyOne appends one object.
func (im *image) identifyOne(dst []byte, id uint8) ([]byte, Exception) {
	for i, o := range im.identity {
		if o.id == id {
			return appendObjects(dst, oneObject, im.identity[i:i+1]), 0
		}
	}
	return dst, IllegalAddress
}

// appendObjects appends as many objects as a reply has room for, and says where the
// master goes on.
func appendObjects(dst []byte, code uint8, list []object) []byte {
	start := len(dst)
	dst = append(dst, byte(EncapsulatedInterface), ReadDeviceIdentification, code, conformity, 0, 0, 0)
	for i, o := range list {
		if len(dst)-start+2+len(o.text) > MaxPDU {
			dst[start+4], dst[start+5] = 0xff, list[i].id
			break
		}
		dst = append(append(dst, o.id, byte(len(o.text))), o.text...)
		dst[start+6]++
	}
	return dst
}

// reportServerID appends the unit's identifier, that it runs, and what it is.
func (im *image) reportServerID(dst []byte, id uint8, data []byte) ([]byte, Exception) {
	if len(data) != 0 {
		return dst, IllegalValue
	}
	code := im.settings.Identity.ProductCode
	dst = append(dst, byte(ReportServerID), byte(2+len(code)), id, 0xff)
	return append(dst, code...), 0
}
