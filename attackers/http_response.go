package attackers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// longestAnswer bounds what is read of an answer, bytes.
const longestAnswer = 16 << 20

// mostInterim bounds the interim responses before a final one. A server sends one or two.
const mostInterim = 100

// readResponse reads the head of the final response, past the interim ones (RFC 9110 section 15.2). 101 is final: what
// follows it is another protocol.
func readResponse(from *bufio.Reader, request *http.Request) (*http.Response, error) {
	for range mostInterim {
		response, err := http.ReadResponse(from, request)
		if err != nil || response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
	return nil, fmt.Errorf("the server sent %d interim responses and no final one", mostInterim)
}

// readBody reads the whole body.
func readBody(body io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(body, longestAnswer))
	if err == nil && n == longestAnswer {
		err = fmt.Errorf("the response is longer than %d bytes: name a smaller path", longestAnswer)
	}
	return err
}

// readLast reads a body after which the server closes the connection, as it says. Such a body may have no other end. If the
// server does not close the connection, the body ends when nothing more comes for as long as a hold settles.
func (c *client) readLast(body io.Reader) error {
	buf := make([]byte, 4096)
	until := time.Now().Add(c.reachWithin())
	for read := 0; read < longestAnswer && time.Now().Before(until); {
		_ = c.conn.SetReadDeadline(time.Now().Add(c.settle())) // an error shows in the read
		n, err := body.Read(buf)
		read += n
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded), c.conn.ended.Load(), c.conn.reset.Load():
			return nil // the watch sees whether the connection has ended
		default:
			return err
		}
	}
	return fmt.Errorf("the response is longer than %d bytes, or takes longer than %s: name a smaller path", longestAnswer, c.reachWithin())
}
