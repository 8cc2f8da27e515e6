package attackers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"time"
)

// longestAnswer bounds what is read of an answer, bytes.
const longestAnswer = 16 << 20

// longestHead bounds the head of one answer, bytes. Servers bound what they accept to 8 to 64 KiB.
const longestHead = 64 << 10

var errLongHead = fmt.Errorf("the head of the answer is longer than %d bytes", longestHead)

// headBound reads the heads of answers. It fails if a head is too long: net/http reads a line of any length into memory.
type headBound struct {
	from io.Reader
	left int // bytes of the present head
}

func (b *headBound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongHead
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// mostInterim bounds the interim responses before a final one. A server sends one or two.
const mostInterim = 100

// wholeBuffer is the buffer of an answer that is read to its end, in bytes.
const wholeBuffer = 4 << 10

// readResponse reads the head of the final response, past the interim ones (RFC 9110 section 15.2). 101 is final: what
// follows it is another protocol. It reads buffer bytes at a time, so that it knows how much of the body it has taken.
func readResponse(from io.Reader, buffer int, request *http.Request) (*http.Response, error) {
	bound := &headBound{from: from}
	in := bufio.NewReaderSize(bound, buffer)
	for range mostInterim {
		bound.left = longestHead
		response, err := http.ReadResponse(in, request)
		if err != nil && bound.left <= 0 {
			err = errLongHead // net/http may find half a line malformed
		}
		if err != nil || response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			bound.left = math.MaxInt // the caller bounds the body
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
