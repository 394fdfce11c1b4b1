// Package persist keeps values of registers over restarts, power cuts included.
//
//	f, err := persist.Open("server.values")
//	v, ok := f.Value("recipe", protocol.U16) // what it had when the server ended
//	// ... define the registers with these values, seal the bank
//	f.Keep(bank, refs, time.Second, func(err error) { log.Print(err) })
//	defer f.Close()
//
// [File.Keep] looks at the registers twice within the time that it is given and writes
// all of them when one has changed: no write to a register waits for the disk. So what
// was written less than that time before a power cut may be lost, and nothing before
// it; what was set between Begin and Commit is kept together or not at all. Close
// writes what is left.
//
// The file is text: a first line with its format, a line of name, type and value for
// each register, and the SHA-256 of the lines before. It is written beside under
// another name, brought to the disk, and renamed; the one before it stays, with ~
// behind its name, and takes its place where it is damaged. Only one process at a time
// has a file open.
package persist
