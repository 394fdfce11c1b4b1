package server

import "errors"

// endpoint is the way to one client. Its methods are called by the client's loop and
// never wait.
type endpoint interface {
	// attach makes the loop learn when there is something to read or room to write.
	attach(c *client) error
	// read and write fail with errWait while they can do nothing. What was not read or
	// written then, or was less than asked for, is possible later, and the loop learns
	// when. read fails with io.EOF when the client sends no more.
	read(b []byte) (int, error)
	write(b []byte) (int, error)
	// closeWrite tells the client that nothing more comes.
	closeWrite()
	// close ends the connection; what is still on its way may be lost.
	close()
}

// errWait says that there is nothing to read, or no room to write, now.
var errWait = errors.New("not now")
