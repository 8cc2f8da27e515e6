package attackers

// tcpConnected parks a connection on which the client sends nothing.
//
//	client                          server
//	  |------- TCP handshake -------->|
//	  |           silence             |  waits for the first byte
//
// A connection is established before any data (RFC 9293 section 3.5), so a server
// has to bound this wait itself. A listener with TCP_DEFER_ACCEPT, as stock Apache
// has, hands the connection to the server only after about 31 s.
func tcpConnected() implementation {
	return implementation{
		bare:  true,
		reach: func(*client) error { return nil },
	}
}
