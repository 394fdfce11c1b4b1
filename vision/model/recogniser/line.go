package recogniser

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// lineReader reads lines of bounded length; a longer one is an error as soon as it has
// become too long, and not when its end has come.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{bufio.NewReaderSize(r, MaxLine+2)}
}

// next is the next line without its end, valid until the next call. The last line may
// lack its end only if it is empty: a line that was cut off is io.ErrUnexpectedEOF.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("a line of more than %d bytes, which begins %s", MaxLine, excerpt(line))
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, fmt.Errorf("%w: the last line was cut off: %s", io.ErrUnexpectedEOF, excerpt(line))
	case err != nil:
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > MaxLine {
		return nil, fmt.Errorf("a line of more than %d bytes, which begins %s", MaxLine, excerpt(line))
	}
	return line, nil
}
