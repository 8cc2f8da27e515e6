package attackers

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"stalemate/reports/record/wire"
)

// tlsConfig makes a client configuration from the plan. nil means the defaults.
//
// Certificates are not verified. The servers under test have certificates that were made
// for the run, and when a server releases a connection does not depend on them.
func tlsConfig(t *wire.TLS) (*tls.Config, error) {
	cfg := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	if t == nil {
		return cfg, nil
	}
	cfg.ServerName, cfg.NextProtos = t.ServerName, t.ALPN
	switch t.Version {
	case "":
	case "1.0":
		cfg.MinVersion, cfg.MaxVersion, cfg.CipherSuites = tls.VersionTLS10, tls.VersionTLS10, everyCipher()
	case "1.2":
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	case "1.3":
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	default:
		return nil, fmt.Errorf("TLS version %q: use \"1.0\", \"1.2\", \"1.3\" or nothing", t.Version)
	}
	if len(t.ClientCert) > 0 {
		cert, err := tls.X509KeyPair(t.ClientCert, t.ClientCert)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	return cfg, nil
}

// everyCipher are all ciphers that crypto/tls has, also RC4, triple DES and those without forward secrecy, which it offers
// only if asked. A server of 2002 has no others.
func everyCipher() []uint16 {
	var ids []uint16
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, c.ID)
	}
	return ids
}

// longestHandshake bounds what a server sends in a handshake, bytes. A chain of certificates has some kilobytes, and each of ten
// thousand connections keeps it. crypto/tls itself takes 256 KiB.
const longestHandshake = 64 << 10

var errLongHandshake = fmt.Errorf("the server's part of the TLS handshake is longer than %d bytes", longestHandshake)

// handshake makes a whole handshake, except for records that the connection withholds.
func (c *client) handshake(change func(*tls.Config)) error {
	c.step = "TLS handshake"
	cfg, err := tlsConfig(c.hold.TLS)
	if err != nil {
		return err
	}
	change(cfg)
	c.tls = tls.Client(c.conn, cfg)
	c.conn.most = c.conn.got.Load() + longestHandshake
	err = c.tls.Handshake()
	c.conn.most = 0
	return explainTLS(cfg, err)
}

// asPlanned changes nothing in the configuration.
func asPlanned(*tls.Config) {}

// secure makes a handshake if the plan wants TLS and there was none yet.
func (c *client) secure() error {
	if c.tls != nil || c.hold.TLS == nil {
		return nil
	}
	return c.handshake(asPlanned)
}

// explainTLS names the most common mistakes of a target file.
func explainTLS(cfg *tls.Config, err error) error {
	var header tls.RecordHeaderError
	if errors.As(err, &header) {
		return fmt.Errorf("the server does not speak TLS on this port: %w", err)
	}
	alert, sent := alertIn(err)
	refused := sent && (alert == "handshake_failure" || alert == "protocol_version" || alert == "insufficient_security")
	if refused && cfg.MaxVersion != tls.VersionTLS10 {
		return fmt.Errorf("the server accepts none of the versions and ciphers that stalemate offers (alert %s); "+
			"for an old server write tls: \"1.0\", which offers old ciphers too: %w", alert, err)
	}
	return err
}

// errCaptured ends the handshake of captureHello.
var errCaptured = errors.New("the hello is captured")

// capture is a connection that keeps what is written and fails every read.
type capture struct {
	net.Conn // nil: nothing else is called
	wrote    []byte
}

func (c *capture) Write(p []byte) (int, error) { c.wrote = append(c.wrote, p...); return len(p), nil }
func (c *capture) Read([]byte) (int, error)    { return 0, errCaptured }
func (c *capture) Close() error                { return nil }

func (c *capture) SetWriteDeadline(time.Time) error { return nil }

// captureHello gives the ClientHello record that crypto/tls would send.
func captureHello(t *wire.TLS) ([]byte, error) {
	cfg, err := tlsConfig(t)
	if err != nil {
		return nil, err
	}
	conn := &capture{}
	if err := tls.Client(conn, cfg).Handshake(); !errors.Is(err, errCaptured) {
		return nil, fmt.Errorf("make a ClientHello: %w", err)
	}
	if recs := records(conn.wrote); len(recs) != 1 || !isClientHello(recs[0]) {
		return nil, fmt.Errorf("make a ClientHello: %w", io.ErrUnexpectedEOF)
	}
	return conn.wrote, nil
}
