package attackers

import "fmt"

// httpKeepAlive parks a connection between two requests.
//
//	client                          server
//	  |-- GET / HTTP/1.1 ------------>|
//	  |<-- whole response ------------|
//	  |           silence             |  waits for the next request
//
// Connections persist by default (RFC 9112 section 9.3). Apache bounds the wait by
// KeepAliveTimeout, nginx by keepalive_timeout. A response that says that
// it closes the connection refuses this stage. There is no trickle: the first byte of
// the next request belongs to http.request-line.
func httpKeepAlive() implementation {
	return implementation{reach: func(c *client) error {
		if err := c.secure(); err != nil {
			return err
		}
		if err := c.send("send a request", requestHead(c.hold.Request, "GET", c.hold.Request.Path, c.hold.Address)); err != nil {
			return err
		}
		c.step = "read the response"
		resp, err := readResponse(c.rw(), wholeBuffer, nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if requestFailed(resp.StatusCode) {
			return fmt.Errorf("the server answered %d", resp.StatusCode)
		}
		if resp.Close {
			if err := c.readLast(resp.Body); err != nil {
				return err
			}
			return refusal{fmt.Sprintf("the server answered %d and closes the connection (%s): keep-alive is off", resp.StatusCode, resp.Proto)}
		}
		return readBody(resp.Body)
	}}
}
