package attackers

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// endlessReader repeats a piece after a beginning, and counts what is read.
type endlessReader struct {
	io.Reader
	read int
}

func (r *endlessReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += n
	return n, err
}

// repeated is a piece without end.
type repeated string

func (s repeated) Read(p []byte) (int, error) {
	n := copy(p, s)
	return n, nil
}

// TestAnEndlessHeadIsNotRead: net/http reads a line of any length into memory, and as many headers as come.
func TestAnEndlessHeadIsNotRead(t *testing.T) {
	for name, from := range map[string]io.Reader{
		"status line":    io.MultiReader(strings.NewReader("HTTP/1.1 200 "), repeated("A")),
		"header line":    io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\nX: "), repeated("A")),
		"headers":        io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\n"), repeated("X: A\r\n")),
		"interim head":   io.MultiReader(strings.NewReader("HTTP/1.1 103 Early Hints\r\n"), repeated("X: A\r\n")),
		"no line at all": repeated("220 "),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			counted := &endlessReader{Reader: from}
			_, err := readResponse(counted, wholeBuffer, nil)
			g.Expect(errors.Is(err, errLongHead)).To(BeTrue(), "%v", err)
			g.Expect(counted.read).To(BeNumerically("<=", longestHead+wholeBuffer))
		})
	}
}

// TestTheBoundIsOneOfTheHead: neither interim responses before the final one nor the body count.
func TestTheBoundIsOneOfTheHead(t *testing.T) {
	g := NewWithT(t)
	field := "X: " + strings.Repeat("A", longestHead-1000) + "\r\n"
	body := strings.Repeat("b", 3*longestHead)
	text := strings.Repeat("HTTP/1.1 103 Early Hints\r\n"+field+"\r\n", 3) + "HTTP/1.0 200 OK\r\n" + field + "\r\n" + body
	response, err := readResponse(strings.NewReader(text), 256, &http.Request{Method: "GET"})
	g.Expect(err).NotTo(HaveOccurred())
	got, err := io.ReadAll(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(got)).To(Equal(body))
}
