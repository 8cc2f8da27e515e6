package attackers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"stalemate/reports/record/wire"
)

const (
	// bodyLength is the Content-Length of bodies that are never finished, in bytes. nginx
	// takes up to 1 MiB by default (client_max_body_size).
	bodyLength = 1_000_000
	// bodyBegin goes out with the head, so that the server is past the head.
	bodyBegin = "stalemate="
)

// requestHead is the request line and the headers of a request, with the empty line.
func requestHead(r wire.Request, method, path, address string, extra ...string) string {
	var b strings.Builder
	host := r.Host
	if host == "" {
		host = address
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: stalemate\r\n", method, orRoot(path), host)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, r.Headers[name])
	}
	for _, line := range extra {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

// orRoot is the path, or the root where none is given.
func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// bodyHead is the head of a request with a body.
func (c *client) bodyHead(extra ...string) string {
	path := c.hold.Request.Body
	if path == "" {
		path = c.hold.Request.Path
	}
	extra = append(extra, "Content-Type: application/x-www-form-urlencoded")
	return requestHead(c.hold.Request, "POST", path, c.hold.Address, extra...)
}
