package engine

import (
	"context"
	"net"
	"net/url"
	"sync"
)

// connections are the connections to the engine. An engine that is frozen takes requests and never answers them; cut ends all
// of them at once, and those that would come. Over TLS, the streams of a command in a container are not among them: they end
// with their context.
type connections struct {
	host string // as DOCKER_HOST has it

	mu    sync.Mutex
	open  map[*connection]struct{}
	cause error // set by cut
}

func newConnections(host string) *connections {
	return &connections{host: host, open: map[*connection]struct{}{}}
}

// dial connects to the engine. moby's client gives a placeholder for the address of a unix socket.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := c.fault(); err != nil {
		return nil, err
	}
	if u, err := url.Parse(c.host); err == nil && u.Scheme == "unix" {
		network, address = "unix", u.Path
	}
	got, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	one := &connection{Conn: got, of: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		_ = got.Close() // it was never used
		return nil, c.cause
	}
	c.open[one] = struct{}{}
	return one, nil
}

// cut ends every connection. Each use of one fails with the cause, and so does each new one. Only the first call counts.
func (c *connections) cut(cause error) {
	c.mu.Lock()
	if c.cause != nil {
		c.mu.Unlock()
		return
	}
	c.cause = cause
	open := c.open
	c.open = map[*connection]struct{}{}
	c.mu.Unlock()
	for one := range open {
		_ = one.Conn.Close() // whoever uses it gets the cause
	}
}

// fault is the cause of the cut, or nil.
func (c *connections) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// connection is one that can be cut.
type connection struct {
	net.Conn
	of *connections
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.explain(err)
}

func (c *connection) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.explain(err)
}

func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends the input of a command in a container.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// explain is why a connection failed that was cut.
func (c *connection) explain(err error) error {
	if cause := c.of.fault(); err != nil && cause != nil {
		return cause
	}
	return err
}
