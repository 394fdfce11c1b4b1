package device

// Class of a device: what it is, whatever way it exists.
type Class string

// The classes. Plant is the world of a simulation; there is one of it.
const (
	ClassPlant    Class = "plant"
	ClassConveyor Class = "conveyor"
	ClassPhotoEye Class = "photo-eye"
	ClassGate     Class = "gate"
	ClassMachine  Class = "machine"
	ClassCamera   Class = "camera"
	ClassPLC      Class = "PLC"
	ClassClients  Class = "clients"
	ClassMill     Class = "mill"
)

// Constructor puts up one device on a site.
type Constructor func(site *Site, name string) (Device, error)

// Constructors of one kind, for the devices of one twin.
type Constructors map[Class]Constructor
