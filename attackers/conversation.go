package attackers

import (
	"encoding/hex"
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
		pattern, err := regexp.Compile(s.Expect)
		if err != nil {
			return fmt.Errorf("expect %q: %w", s.Expect, err)
		}
		return c.expect(pattern)
	case s.Send != "":
		_, err := io.WriteString(c.rw(), s.Send)
		return err
	case s.Hex != "":
		data, err := hex.DecodeString(s.Hex)
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
	return fmt.Errorf("step %+v has nothing to do: give it one of expect, send, hex, tls: upgrade, proxy", s)
}

// expect reads until the pattern matches.
func (c *client) expect(pattern *regexp.Regexp) error {
	for {
		if m := pattern.FindStringIndex(c.said); m != nil {
			c.said = c.said[m[1]:]
			return nil
		}
		if err := c.readMore(); err != nil {
			return fmt.Errorf("expect %q: got %.200q: %w", pattern, c.said, err)
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
