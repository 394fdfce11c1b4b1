package opcua

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uacp"
)

// conn is a client's connection: a goroutine that reads requests and carries them out one
// after the other, and one that writes answers.
type conn struct {
	server  *Server
	tcp     *net.TCPConn
	in      *bufio.Reader
	channel channel
	out     *outbox
	since   time.Time
	// What the client takes: the size of a chunk, and of all chunks of a message together
	// and their number, 0 for any.
	sendSize, sendMessage, sendChunks int
	// receiveSize is the largest chunk that the client may send.
	receiveSize int

	// writing counts writes to registers that are not answered yet.
	writing atomic.Int32
	// failures to log in.
	failures int
	// large is set once a session is active here, and lets requests be large.
	large atomic.Bool

	// sessions, and when there last was one; of the server's mutex.
	sessions int
	lonely   time.Time
}

const (
	bufferSize   = 65535
	leastBuffer  = 8192
	smallMessage = 64 << 10
	mostChunks   = 512
	mostHello    = 4096 + 32
	// sendBuffer of the kernel, fixed so that a client that does not read cannot make it
	// grow.
	sendBuffer = 256 << 10
	// linger is how long a client is given to read why its connection ends.
	linger = time.Second
	// loneliness is how long a connection may be without a session.
	loneliness = 30 * time.Second
	// mostFailures to log in on one connection.
	mostFailures = 3
	// mostWriting is how many write requests of a connection may be under way.
	mostWriting = 8
)

func (c *conn) serve() {
	writer := make(chan struct{})
	go func() {
		defer close(writer)
		c.write()
	}()
	err := c.guarded(c.read)
	f := new(fault)
	if errors.As(err, &f) {
		c.server.log.Warn("client's connection ended", "client", c.tcp.RemoteAddr(), "error", err)
		c.out.push(answer{fault: f})
	}
	c.out.end()
	<-writer
	if f.status != 0 {
		// What the client has sent meanwhile is taken off, or the reset that follows
		// would take the reason away from it.
		_ = c.tcp.CloseWrite()
		_ = c.tcp.SetReadDeadline(time.Now().Add(linger))
		_, _ = io.CopyN(io.Discard, c.tcp, smallMessage)
	}
	c.tcp.Close()
	c.server.forget(c)
}

// stop ends the connection from another goroutine: the client is told why, and has a
// moment to go by itself.
func (c *conn) stop(status ua.StatusCode, reason string) {
	c.out.push(answer{fault: &fault{status, reason}})
	time.AfterFunc(linger, func() { c.tcp.Close() })
}

// guarded turns a panic of the library, which was not written for requests made to break
// it, into the end of this one connection.
func (c *conn) guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.server.log.Error("panic while serving a client", "client", c.tcp.RemoteAddr(), "panic", fmt.Sprint(r))
			err = faultf(ua.StatusBadInternalError, "a request that this server could not handle")
		}
	}()
	return f()
}

// read is the goroutine that reads, until the connection ends.
func (c *conn) read() error {
	if err := c.hello(); err != nil {
		return err
	}
	for {
		request, body, err := c.message()
		if err != nil {
			return err
		}
		if err := c.server.dispatch(c, request, body); err != nil {
			return err
		}
	}
}

// hello agrees about sizes (Part 6, 7.1.2).
func (c *conn) hello() error {
	frame, err := c.frame(time.Now().Add(c.server.limits.Half), mostHello)
	if err != nil {
		return err
	}
	var h uacp.Hello
	if string(frame[:4]) != "HELF" {
		return faultf(ua.StatusBadTCPMessageTypeInvalid, "not an OPC UA client")
	}
	if _, err := h.Decode(frame[8:]); err != nil {
		return faultf(ua.StatusBadDecodingError, "a hello that cannot be read")
	}
	if h.ReceiveBufSize < leastBuffer || h.SendBufSize < leastBuffer {
		return faultf(ua.StatusBadConnectionRejected, "buffers of %d and %d bytes; OPC UA needs %d", h.ReceiveBufSize, h.SendBufSize, leastBuffer)
	}
	c.sendSize = int(min(h.ReceiveBufSize, bufferSize))
	c.receiveSize = int(min(h.SendBufSize, bufferSize))
	c.sendMessage, c.sendChunks = int(h.MaxMessageSize), int(h.MaxChunkCount)
	ack, err := (&uacp.Acknowledge{
		ReceiveBufSize: uint32(c.receiveSize), SendBufSize: uint32(c.sendSize),
		MaxMessageSize: uint32(c.server.limits.Message), MaxChunkCount: mostChunks,
	}).Encode()
	if err != nil {
		return err
	}
	// Nothing else is written yet.
	return c.send(binary.LittleEndian.AppendUint32([]byte("ACKF"), uint32(8+len(ack))), ack)
}

// frame reads what begins with a type, a chunk type and a size. It waits until idle for
// the first byte, and then only as long as a message may take.
func (c *conn) frame(idle time.Time, most int) ([]byte, error) {
	_ = c.tcp.SetReadDeadline(idle)
	if _, err := c.in.Peek(1); err != nil {
		return nil, c.ended(err, "nothing was said")
	}
	_ = c.tcp.SetReadDeadline(time.Now().Add(c.server.limits.Half))
	var head [8]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, c.ended(err, "half a message")
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if size < 8 || size > uint32(most) {
		return nil, faultf(ua.StatusBadTCPMessageTooLarge, "a chunk of %d bytes; at most %d", size, most)
	}
	frame := make([]byte, size)
	copy(frame, head[:])
	if _, err := io.ReadFull(c.in, frame[8:]); err != nil {
		return nil, c.ended(err, "half a message")
	}
	return frame, nil
}

// ended makes a fault of a time-out; other errors mean that the client is gone.
func (c *conn) ended(err error, what string) error {
	if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
		return faultf(ua.StatusBadTimeout, "%s in time", what)
	}
	return err
}

// message reads the next request, of however many chunks, and answers OpenSecureChannel.
func (c *conn) message() (request uint32, body []byte, err error) {
	idle := c.since.Add(c.server.limits.Half)
	var began time.Time
	for chunks := 0; ; chunks++ {
		if c.channel.started {
			idle = c.channel.current.ends
		}
		if chunks > 0 {
			idle = began.Add(c.server.limits.Half)
		}
		frame, err := c.frame(idle, c.receiveSize)
		if err != nil {
			return 0, nil, err
		}
		now := time.Now()
		kind := string(frame[:3])
		switch {
		case kind == "OPN" && frame[3] == 'F':
			if err := c.open(frame, now); err != nil {
				return 0, nil, err
			}
			chunks--
			continue
		case kind == "CLO":
			return 0, nil, io.EOF
		case kind != "MSG":
			return 0, nil, faultf(ua.StatusBadTCPMessageTypeInvalid, "a message of type %q", kind)
		}
		if chunks == 0 {
			began = now
		}
		id, part, err := c.channel.open(frame, now)
		if err != nil {
			return 0, nil, err
		}
		most := smallMessage
		if c.large.Load() {
			most = c.server.limits.Message
		}
		switch {
		case chunks > 0 && id != request:
			return 0, nil, faultf(ua.StatusBadDecodingError, "chunks of request %d between those of %d", id, request)
		case len(body)+len(part) > most || chunks >= mostChunks:
			return 0, nil, faultf(ua.StatusBadTCPMessageTooLarge, "a message of more than %d bytes", most)
		}
		request = id
		switch frame[3] {
		case 'F':
			return request, append(body, part...), nil
		case 'C':
			body = append(body, part...)
		case 'A':
			body, chunks = nil, -1
		default:
			return 0, nil, faultf(ua.StatusBadDecodingError, "a chunk of type %q", frame[3])
		}
	}
}

// open answers an OpenSecureChannel.
func (c *conn) open(frame []byte, now time.Time) error {
	o, err := c.server.readOpening(&c.channel, frame, now)
	if err != nil {
		return err
	}
	first := !c.channel.started
	resp, err := c.channel.issue(o, now)
	if err != nil {
		return err
	}
	if first {
		c.server.log.Info("client connected", "client", c.tcp.RemoteAddr(), "security", o.policy)
	}
	c.out.put(answer{request: o.request, body: resp, opening: o})
	return nil
}

// write is the goroutine that writes, until the outbox has ended.
func (c *conn) write() {
	for {
		a, ok := c.out.take()
		if !ok {
			return
		}
		var data []byte
		err := c.guarded(func() (err error) {
			data, err = c.encode(a)
			return err
		})
		if err == nil {
			err = c.send(data)
		}
		if err != nil {
			// The goroutine that reads notices, and says goodbye.
			c.server.log.Warn("client does not read, or is gone", "client", c.tcp.RemoteAddr(), "error", err)
			c.out.end()
			c.tcp.Close()
			return
		}
	}
}

// send writes to the client, who must read in time.
func (c *conn) send(parts ...[]byte) error {
	_ = c.tcp.SetWriteDeadline(time.Now().Add(c.server.limits.Stall))
	_, err := (*net.Buffers)(&parts).WriteTo(c.tcp)
	return err
}

// encode makes the bytes of an answer.
func (c *conn) encode(a answer) ([]byte, error) {
	if a.fault != nil {
		body, err := (&uacp.Error{ErrorCode: uint32(a.fault.status), Reason: a.fault.reason}).Encode()
		return append(binary.LittleEndian.AppendUint32([]byte("ERRF"), uint32(8+len(body))), body...), err
	}
	body, err := encodeBody(a.body)
	if err != nil {
		return nil, err
	}
	if a.opening != nil {
		return c.channel.appendOpening(nil, a.opening, c.server.pki.own, body)
	}
	t := c.channel.sending.Load()
	most := t.mostBody(c.sendSize)
	chunks := max(1, (len(body)+most-1)/most)
	if c.sendMessage > 0 && len(body) > c.sendMessage || c.sendChunks > 0 && chunks > c.sendChunks {
		h := *a.body.Header()
		h.ServiceResult = ua.StatusBadResponseTooLarge
		if body, err = encodeBody(&ua.ServiceFault{ResponseHeader: &h}); err != nil {
			return nil, err
		}
		chunks = 1
	}
	var data []byte
	for i := range chunks {
		final := byte('C')
		if i == chunks-1 {
			final = 'F'
		}
		part := body[i*most : min((i+1)*most, len(body))]
		if data, err = c.channel.appendChunk(data, t, final, a.request, part); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// encodeBody encodes an answer after the number of its type.
func encodeBody(body ua.Response) ([]byte, error) {
	kind := ua.ServiceTypeID(body)
	if kind == 0 {
		return nil, fmt.Errorf("the library has no encoding of %T", body)
	}
	head, err := ua.NewFourByteExpandedNodeID(0, kind).Encode()
	if err != nil {
		return nil, err
	}
	data, err := ua.Encode(body)
	return append(head, data...), err
}
