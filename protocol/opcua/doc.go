// Package opcua serves a register bank to OPC UA clients.
//
// A [Server] shows the registers as a tree: words before the dots are objects, the last
// one a variable with type, unit, description, access, quality and source time stamp.
// Clients browse, read, write and subscribe, encrypted and signed, as users who may do
// what Options.Authorise says.
//
//	server, err := opcua.Listen(opcua.Options{
//		Bank:      bank,
//		Apply:     store.Apply,
//		Folder:    "certificates",
//		Authorise: func(c opcua.Credentials) (protocol.Grant, bool) {
//			return protocol.Grant{Name: c.Name, Access: protocol.Operator}, c.Name == "op" && known(c.Password)
//		},
//	})
//
// README.md says what clients find, how security is set up, and what is not supported.
//
// Of github.com/gopcua/opcua this package takes the encoding of messages (ua), the
// cryptography (uapolicy) and the numbers of the standard (id). Secure channels,
// sessions and services are its own, and not those of the library's packages uasc and
// server, of which version 0.9.0 lets anybody read and write without a session or with a
// wrong password, panics on a tiny publishing interval, stops serving everybody while one
// client does not read, ignores deadbands and queue sizes, writes a String into an Int32,
// and uses the number of a deleted subscription again while another one has it. Below
// that, where no handler of a service can mend it, its channel decodes a message that
// names an array of two thousand million elements, or that nests values until the stack is
// full, before any service sees it; keeps the chunks of any number of unfinished
// messages; takes a chunk twice; lets the client choose no encryption under a policy that
// has it; gives a renewed token the old one's number and mixes its keys with those of
// answers on their way. Here values are read from the bank itself, each client has a
// bounded output of its own, and what comes in is checked before it is decoded.
//
// Everything that a session or subscription does follows from the time that it is told,
// so that tests need no clock. The server samples on one goroutine; each client has one
// that reads its requests and one that writes answers.
//
// Sources: OPC 10000, the OPC UA specification, version 1.05: part 3 (address space
// model), 4 (services), 5 (information model), 6 (mappings), 7 (profiles: SecurityPolicy
// Basic256Sha256), 8 (data access); and UNECE Recommendation 20 for the codes of units.
package opcua
