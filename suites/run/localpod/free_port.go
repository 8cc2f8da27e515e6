//go:build linux

package localpod

import (
	"fmt"
	"net"
)

// FreePort is a port of 127.0.0.1 on which nothing listens.
func FreePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
