package config

// The Go side of schema.cue: the same names, the same order of fields. The tag apply
// says when a change takes effect, and holds for what is in the field as well; without
// one it is at once. keys is the definition of a map's keys, and want says what would
// be right where the type does not tell it.

// Config is all that a register server is told. It is immutable, and what Load returns
// was checked as a whole.
type Config struct {
	Listen    Listen              `json:"listen" apply:"restart"`
	Limits    Limits              `json:"limits"`
	Roles     map[string]Role     `json:"roles" keys:"#Name"`
	Clients   map[string]Client   `json:"clients" keys:"#Name"`
	Anonymous *string             `json:"anonymous,omitempty"`
	HTTP      HTTP                `json:"http" apply:"restart"`
	Modbus    *Modbus             `json:"modbus,omitempty"`
	OPCUA     *OPCUA              `json:"opcua,omitempty" apply:"restart"`
	Log       Log                 `json:"log"`
	Values    Values              `json:"values" apply:"restart"`
	Registers map[string]Register `json:"registers" keys:"#RegisterName" apply:"restart"`

	src source
}

// Listen is how clients reach the register server.
type Listen struct {
	Address string `json:"address" want:"an address, as in \"127.0.0.1:7117\""`
	TLS     *TLS   `json:"tls,omitempty" apply:"connection"`
}

// TLS is the server's certificate, and whose certificates it trusts. The names of files
// are relative to the configuration's folder: see Config.File.
type TLS struct {
	Cert              string `json:"cert" want:"a file, as in \"server.pem\""`
	Key               string `json:"key" want:"a file, as in \"server.key\""`
	ClientCA          string `json:"clientCA" want:"a file, as in \"clients.pem\""`
	RequireClientCert bool   `json:"requireClientCert"`
}

// Limits of one client, and of all.
type Limits struct {
	Idle       Duration `json:"idle"`
	Half       Duration `json:"half"`
	Stall      Duration `json:"stall"`
	Poll       Duration `json:"poll"`
	MaxClients int      `json:"maxClients"`
	MaxOutput  Size     `json:"maxOutput"`
	MaxWatched int      `json:"maxWatched"`
	MaxPending int      `json:"maxPending"`
}

// Role is what clients of a kind may do.
type Role struct {
	Access string   `json:"access"`
	Read   []string `json:"read" want:"a list of patterns, as in [\"belt.*\", \"main.state\"]"`
	Write  []string `json:"write" want:"a list of patterns, as in [\"belt.*\", \"main.state\"]"`
}

// Client is known by what it shows: one of the tokens, a certificate, or both.
type Client struct {
	Token       string `json:"token"`
	TokenFile   string `json:"tokenFile"`
	TokenEnv    string `json:"tokenEnv"`
	Certificate string `json:"certificate"`
	Role        string `json:"role" want:"the name of a role, as in \"operator\""`
	Clock       bool   `json:"clock" apply:"restart"`
}

// HTTP is what browsers and tools reach.
type HTTP struct {
	Address string   `json:"address" want:"an address, as in \"127.0.0.1:8117\""`
	Metrics []string `json:"metrics" want:"a list of patterns, as in [\"belt.*\", \"main.state\"]"`
}

// Modbus is a gateway for Modbus masters.
type Modbus struct {
	Address    string   `json:"address" want:"an address, as in \"127.0.0.1:502\""`
	Role       string   `json:"role" want:"the name of a role, as in \"operator\""`
	OnBad      string   `json:"onBad"`
	Answer     Duration `json:"answer"`
	Idle       Duration `json:"idle"`
	MaxClients int      `json:"maxClients"`
	Units      []Unit   `json:"units"`
	Serial     []Serial `json:"serial"`
}

// Unit is what Modbus masters see under some unit identifiers.
type Unit struct {
	IDs              []int    `json:"ids" want:"a list of identifiers from 0 to 255, as in [1]"`
	Auto             []string `json:"auto" want:"a list of patterns, as in [\"belt.*\", \"main.state\"]"`
	Coils            []Block  `json:"coils"`
	DiscreteInputs   []Block  `json:"discreteInputs"`
	HoldingRegisters []Block  `json:"holdingRegisters"`
	InputRegisters   []Block  `json:"inputRegisters"`
	Role             string   `json:"role" want:"the name of a role, as in \"operator\""`
}

// Block is registers one after another in a table of a unit.
type Block struct {
	Address   int      `json:"address" want:"a whole number from 0 to 65535"`
	Registers []string `json:"registers" want:"a list of patterns, as in [\"belt.*\", \"main.state\"]"`
	Quality   bool     `json:"quality"`
}

// Serial is a serial line with Modbus masters.
type Serial struct {
	Device   string `json:"device" want:"a device, as in \"/dev/ttyUSB0\""`
	Baud     int    `json:"baud"`
	Parity   string `json:"parity"`
	StopBits int    `json:"stopBits"`
	Units    []int  `json:"units" want:"a list of identifiers from 1 to 247, as in [1]"`
	Echo     bool   `json:"echo"`
}

// OPCUA is an OPC UA server.
type OPCUA struct {
	Address   string `json:"address" want:"an address, as in \"127.0.0.1:4840\""`
	Hostname  string `json:"hostname"`
	Folder    string `json:"folder"`
	AllowNone bool   `json:"allowNone"`
}

// Log goes to standard error.
type Log struct {
	Level string `json:"level"`
}

// Values of registers that persist.
type Values struct {
	File   string   `json:"file"`
	Within Duration `json:"within"`
}

// Register that clients write. Initial, Min and Max are texts as protocol.ParseValue
// reads them for a register of the type.
type Register struct {
	Type    string   `json:"type"`
	Unit    string   `json:"unit"`
	Doc     string   `json:"doc"`
	Access  string   `json:"access"`
	Order   string   `json:"order"`
	Initial Literal  `json:"initial"`
	Min     *Literal `json:"min,omitempty" apply:"now" want:"a number"`
	Max     *Literal `json:"max,omitempty" apply:"now" want:"a number"`
	Persist bool     `json:"persist"`
}
