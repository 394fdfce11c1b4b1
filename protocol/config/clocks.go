package config

import (
	"time"

	"linetwin.dev/protocol"
	"linetwin.dev/protocol/timesync"
)

// DefineClocks defines, for each client with clock: true, the registers that say how its
// clock stands to the line's, in a bank that is not sealed. now is the line's time.
func (c *Config) DefineClocks(b *protocol.Bank, now func() time.Duration) (*timesync.Board, error) {
	var clients []string
	for _, name := range names(c.Clients) {
		if c.Clients[name].Clock {
			clients = append(clients, name)
		}
	}
	return timesync.NewBoard(b, c.Where("clients"), now, clients...)
}
