package attackers

import "encoding/binary"

// TLS record types, RFC 8446 section 5.1 and RFC 5246 section 6.2.1.
const (
	recordCCS       = 20
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
	recordHeaderLen = 5
)

// handshakeClientHello is the message type of a ClientHello, RFC 8446 section 4.
const handshakeClientHello = 1

// records cuts p into TLS records. An unfinished record is the last piece, as it is;
// crypto/tls writes whole records only.
func records(p []byte) [][]byte {
	var recs [][]byte
	for len(p) > 0 {
		end := len(p)
		if len(p) >= recordHeaderLen {
			end = min(end, recordHeaderLen+int(binary.BigEndian.Uint16(p[3:5])))
		}
		recs = append(recs, p[:end])
		p = p[end:]
	}
	return recs
}

// isClientHello says whether rec has a ClientHello in the clear: the first one, or the
// second after a HelloRetryRequest.
func isClientHello(rec []byte) bool {
	return len(rec) > recordHeaderLen && rec[0] == recordHandshake && rec[recordHeaderLen] == handshakeClientHello
}
