package vision

import (
	"encoding/binary"
	"hash/crc32"
)

// pngCRC is the checksum that ends a PNG chunk.
func pngCRC(chunk []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk))
}
