package attackers

import (
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// longestSaid bounds what is kept of a conversation while a match is waited for, bytes.
const longestSaid = 64 << 10

// converse makes the steps one after the other. What an expect step matched, and
// all before it, is used up.
func (c *client) converse(steps []Step, what string) error {
	for i, s := range steps {
		c.step = fmt.Sprintf("%s, step %d", what, i+1)
		if err := c.converseStep(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) converseStep(s Step) error {
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
		return c.sayProxy(s.Proxy)
	}
	return fmt.Errorf("step %+v has nothing to do: give it one of expect, send, hex, tls: upgrade, proxy", s)
}

// expect reads until the pattern matches what has come.
func (c *client) expect(pattern *regexp.Regexp) error {
	for {
		if m := pattern.FindStringIndex(c.said); m != nil {
			c.said = c.said[m[1]:]
			return nil
		}
		if err := c.hear(); err != nil {
			return fmt.Errorf("expect %q: got %.200q: %w", pattern, c.said, err)
		}
	}
}

// hear adds one read to what was said.
func (c *client) hear() error {
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

// upgrade makes a handshake on the connection as it is. The rest of the line
// that allowed it is still in the clear and is read first.
func (c *client) upgrade() error {
	for c.said != "" && !strings.HasSuffix(c.said, "\n") {
		if err := c.hear(); err != nil {
			return fmt.Errorf("read the rest of the line before TLS: %w", err)
		}
	}
	c.said = ""
	return c.handshake(asPlanned)
}
