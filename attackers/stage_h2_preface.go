package attackers

import "golang.org/x/net/http2"

// h2Preface parks a connection on which HTTP/2 was agreed and never begun.
//
//	client                              server
//	  |<-- TLS handshake with ALPN h2 --->|
//	  |             silence               |  waits for the client's preface
//	  |.. trickle: 23 of its 24 bytes ....|
//
// The client has to begin with the connection preface (RFC 9113 section 3.4). nginx
// bounds the wait by client_header_timeout, Apache by RequestReadTimeout header=. The
// server's own SETTINGS may come first; they are no release.
func h2Preface() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.negotiateHTTP2(); err != nil {
			return err
		}
		c.trickle = trickleBytes(c.rw(), []byte(http2.ClientPreface[:len(http2.ClientPreface)-1]))
		return nil
	}}
}
