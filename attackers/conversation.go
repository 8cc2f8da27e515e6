package attackers

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"stalemate/reports/record/wire"
)

// longestSaid bounds what a client keeps while it waits for a match, in bytes.
const longestSaid = 64 << 10

// converse carries out the steps in order. An expect step uses up what it matched and all
// before it.
func (c *client) converse(steps []wire.Step, what string) error {
	for i, s := range steps {
		c.step = fmt.Sprintf("%s, step %d", what, i+1)
		if err := c.converseStep(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) converseStep(s wire.Step) error {
	switch {
	case s.Expect != "":
		return c.expect(s.Expect)
	case s.ExpectHex != "":
		return c.expectBytes(s.ExpectHex)
	case s.Send != "":
		text, err := c.filledIn(s.Send)
		if err != nil {
			return err
		}
		_, err = io.WriteString(c.rw(), text)
		return err
	case s.Hex != "":
		data, err := wire.Bytes(s.Hex)
		if err != nil {
			return fmt.Errorf("hex %q: %w", s.Hex, err)
		}
		_, err = c.rw().Write(data)
		return err
	case s.TLS == "upgrade":
		return c.upgrade()
	case s.Proxy != "":
		return c.sendProxyHeader(s.Proxy)
	}
	return fmt.Errorf("step %+v has nothing to do: give it one of expect, expect_hex, send, hex, tls: upgrade, proxy", s)
}

// expect reads until the pattern matches. Its named groups become variables.
func (c *client) expect(text string) error {
	pattern, err := regexp.Compile(text)
	if err != nil {
		return fmt.Errorf("expect %q: %w", text, err)
	}
	return c.await(fmt.Sprintf("expect %q", text), func() int {
		m := pattern.FindStringSubmatchIndex(c.said)
		if m == nil {
			return -1
		}
		for i, name := range pattern.SubexpNames() {
			if name != "" && m[2*i] >= 0 {
				c.capture(name, c.said[m[2*i]:m[2*i+1]])
			}
		}
		return m[1]
	})
}

// expectBytes reads until these bytes have come.
func (c *client) expectBytes(text string) error {
	pattern, err := wire.BytePattern(text)
	if err != nil {
		return fmt.Errorf("expect_hex %q: %w", text, err)
	}
	return c.await(fmt.Sprintf("expect_hex %q", text), func() int { return endOfBytes(c.said, pattern) })
}

// endOfBytes is the index after the first place where the pattern matches, -1 if there is none.
func endOfBytes(said string, pattern []int) int {
	for from := 0; from+len(pattern) <= len(said); from++ {
		same := 0
		for same < len(pattern) && (pattern[same] == wire.AnyByte || said[from+same] == byte(pattern[same])) {
			same++
		}
		if same == len(pattern) {
			return from + same
		}
	}
	return -1
}

// await reads until find gives the index after what was awaited. It uses up what came before.
func (c *client) await(what string, find func() int) error {
	for {
		if end := find(); end >= 0 {
			c.said = c.said[end:]
			return nil
		}
		if err := c.readMore(); err != nil {
			return fmt.Errorf("%s: got %.200q: %w", what, c.said, err)
		}
	}
}

// readMore adds one read to c.said.
func (c *client) readMore() error {
	if len(c.said) > longestSaid {
		return fmt.Errorf("more than %d bytes without a match", longestSaid)
	}
	buf := make([]byte, 1024)
	n, err := c.rw().Read(buf)
	c.said += string(buf[:n])
	if n > 0 {
		return nil
	}
	return err
}

// upgrade makes a TLS handshake in the middle of a conversation (STARTTLS). The rest of
// the line that allowed it is still in the clear, so it reads that first.
func (c *client) upgrade() error {
	for c.said != "" && !strings.HasSuffix(c.said, "\n") {
		if err := c.readMore(); err != nil {
			return fmt.Errorf("read the rest of the line before TLS: %w", err)
		}
	}
	c.said = ""
	return c.handshake(asPlanned)
}
