package learn

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// listening serves each connection with the function, until it returns.
func listening(t *testing.T, serve func(net.Conn)) (address string, number int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return "127.0.0.1", l.Addr().(*net.TCPAddr).Port
}

// byLocalAttacker asks with the attacker of this process.
func byLocalAttacker(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return wire.ProbeResult{}, err
	}
	var out bytes.Buffer
	if err := attackers.Ask(ctx, bytes.NewReader(text), &out); err != nil {
		return wire.ProbeResult{}, err
	}
	var result wire.ProbeResult
	return result, json.NewDecoder(&out).Decode(&result)
}

// protocolsAt are the ready-made ones. The server of one of them listens at another port.
func protocolsAt(t *testing.T, name string, number int) []target.Protocol {
	t.Helper()
	all, err := target.ReadyMade()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for i := range all {
		if all[i].Name == name {
			all[i].Ports = []int{number}
		}
	}
	return all
}

// pong answers PING, as Redis does.
func pong(conn net.Conn) {
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if lines.Text() == "PING" {
			_, _ = io.WriteString(conn, "+PONG\r\n")
		}
	}
}

// ftpWithoutTLS knows USER, and no AUTH.
func ftpWithoutTLS(conn net.Conn) {
	_, _ = io.WriteString(conn, "220 (vsFTPd 3.0.3)\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		answer := "530 no\r\n"
		if strings.HasPrefix(lines.Text(), "USER ") {
			answer = "331 Please specify the password.\r\n"
		}
		_, _ = io.WriteString(conn, answer)
	}
}

func TestAProtocolIsRecognised(t *testing.T) {
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for name, c := range map[string]struct {
		serve    func(net.Conn)
		banner   bool
		protocol string // whose port the server has
		want     *spoken
	}{
		"by its port and an answer":   {pong, false, "redis", &spoken{"redis", []string{"answered", "half-command"}}},
		"by its greeting":             {ftpWithoutTLS, true, "dns", &spoken{"ftp", []string{"banner", "user"}}},
		"the port of another":         {pong, false, "memcached", nil},
		"it answers nothing":          {silent, false, "redis", nil},
		"nothing has to be answered":  {silent, false, "git", &spoken{"git", []string{"half-request"}}},
		"a greeting of nobody's":      {func(c net.Conn) { _, _ = io.WriteString(c, "hello\n") }, true, "smtp", nil},
		"another port, and no answer": {silent, false, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			address, number := listening(t, c.serve)
			p := &port{number: number, banner: c.banner}
			found, err := p.recognise(t.Context(), byLocalAttacker, address, &target.Target{}, protocolsAt(t, c.protocol, number))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(c.want))
		})
	}
}

// TestWhatIsRecognisedIsWritten reads the listeners that learn writes as a target file.
func TestWhatIsRecognisedIsWritten(t *testing.T) {
	g := NewWithT(t)
	s := &seen{ports: []port{{number: 6379, comm: "redis-server", spoken: &spoken{"redis", []string{"answered", "half-command"}}}}}
	text := "version: 1\nname: cache\nimage: x\nlimits: {\"*\": {max: 1s}}\n"
	for _, section := range s.sections() {
		text += section.text
	}
	read, err := target.Parse("t.yaml", []byte(text), os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred(), text)
	g.Expect(read.Listeners).To(HaveLen(1))
	g.Expect(read.Listeners[0].Conversations).To(HaveExactElements(HaveField("Name", "answered"), HaveField("Name", "half-command")))
	g.Expect(s.ports[0].String()).To(Equal("port 6379 (redis-server) speaks TCP, as redis does"))
}
