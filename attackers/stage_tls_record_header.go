package attackers

import "stalemate/reports/record"

// tlsRecordHeader parks a connection inside the header of the first TLS record.
//
//	client                          server
//	  |------- TCP handshake -------->|
//	  |-- 4 of the header's 5 bytes ->|  waits for the fifth: the length of the record
//
// A record begins with a header of five bytes (RFC 8446 section 5.1). In trickle
// mode these four bytes are the trickle, and nothing is sent before it.
func tlsRecordHeader() implementation {
	return implementation{reach: func(c *client) error {
		hello, err := captureHello(c.hold.TLS)
		if err != nil {
			return err
		}
		header := hello[:recordHeaderLen-1]
		if c.hold.Mode == record.Trickle {
			c.trickle = trickleBytes(c.rw(), header)
			return nil
		}
		return c.send("send part of a record header", string(header))
	}}
}
