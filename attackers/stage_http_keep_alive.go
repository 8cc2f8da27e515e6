package attackers

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
)

// longestAnswer bounds what is read of the answer before a keep-alive, bytes.
const longestAnswer = 16 << 20

// httpKeepAlive parks a connection between two requests.
//
// Leans on: RFC 9112 section 9.3 (persistence); KeepAliveTimeout, keepalive_timeout.
// Sends: one whole GET. Waits for: the whole response. A response that closes the
// connection shows that the target cannot have this stage.
// Trickle: does not exist, the first byte of the next request is http.request-line.
func httpKeepAlive() stage {
	return stage{
		StageInfo: StageInfo{
			Name:      "http.keep-alive",
			NeedsHTTP: true,
			Modes:     silentOnly,
			Rule:      "RFC 9112 section 9.3",
			Sends:     "one whole request",
			WaitsFor:  "the whole response",
			Trickles:  "does not exist: the next byte would be a new request",
		},
		reach: func(c *client) error {
			if err := c.secure(); err != nil {
				return err
			}
			if err := c.send("send a request", c.hold.Request.head("GET", c.hold.Request.Path, c.hold.Address)); err != nil {
				return err
			}
			c.step = "read the response"
			resp, err := http.ReadResponse(bufio.NewReader(c.rw()), nil)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if wentWrong(resp.StatusCode) {
				return fmt.Errorf("the server answered %d", resp.StatusCode)
			}
			if resp.Close {
				return notApplicable{fmt.Sprintf("the server answered %d and closes the connection (%s): keep-alive is off", resp.StatusCode, resp.Proto)}
			}
			n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, longestAnswer))
			if err == nil && n == longestAnswer {
				err = fmt.Errorf("the response is longer than %d bytes: name a smaller path", longestAnswer)
			}
			return err
		},
	}
}
