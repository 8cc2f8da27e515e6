package attackers

import "stalemate/reports/record"

// recordHeaderTrickle is all of a record header but its last byte.
const recordHeaderTrickle = recordHeaderLen - 1

// tlsRecordHeader parks a connection inside the header of the first TLS record.
//
// Leans on: RFC 8446 section 5.1 (a record header is five bytes).
// Sends: four of the five bytes; in trickle mode nothing before the trickle.
// Waits for: the TCP connection.
// Trickle: those four bytes; the fifth, which would complete the header, never.
func tlsRecordHeader() stage {
	return stage{
		StageInfo: StageInfo{
			Name:         "tls.record-header",
			NeedsTLS:     true,
			BeforeAuth:   true,
			Modes:        bothModes,
			Rule:         "RFC 8446 section 5.1",
			Sends:        "four of the five bytes of a record header; in trickle mode nothing",
			WaitsFor:     "the TCP connection",
			Trickles:     "the first four bytes of the record header, never the fifth",
			TrickleBytes: recordHeaderTrickle,
		},
		reach: func(c *client) error {
			hello, err := captureHello(c.hold.TLS)
			if err != nil {
				return err
			}
			header := hello[:recordHeaderTrickle]
			if c.hold.Mode == record.Trickle {
				c.drip = dripBytes(c.rw(), header)
				return nil
			}
			return c.send("send part of a record header", string(header))
		},
	}
}
