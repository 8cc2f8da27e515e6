package attackers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	// bodyLength is the Content-Length of bodies that are never finished: below
	// nginx's client_max_body_size of 1 MiB by default.
	bodyLength = 1_000_000
	// bodyBegin is the part of the body that goes out with the head, to be past it.
	bodyBegin = "stalemate="
	// headTrickle is how many bytes of a head are trickled at most: Apache's
	// LimitRequestLine, nginx's large_client_header_buffers and others allow 8 KiB.
	headTrickle = 7000
)

// head is the request line and the headers of a request, with the empty line.
func (r Request) head(method, path, address string, extra ...string) string {
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
	return c.hold.Request.head("POST", path, c.hold.Address, extra...)
}
