package containers

import (
	"errors"
	"fmt"

	"stalemate/reports/record/wire"
)

// ListenerOption says how a client speaks to a listener.
type ListenerOption func(*listener) error

// ServerName is the name that a client asks for in its TLS handshake (SNI).
func ServerName(name string) ListenerOption {
	return onTLS("ServerName", func(t *wire.TLS) error {
		t.ServerName = name
		return nil
	})
}

// TLSVersion is the only version that a client speaks: "1.0" (with old ciphers), "1.2" or "1.3". By default it is the newest of both ends.
func TLSVersion(version string) ListenerOption {
	return onTLS("TLSVersion", func(t *wire.TLS) error {
		if version != "1.0" && version != "1.2" && version != "1.3" {
			return fmt.Errorf("TLSVersion: %q is not 1.0, 1.2 or 1.3", version)
		}
		t.Version = version
		return nil
	})
}

// ClientCertificate is what a client presents: a certificate and its key, as PEM.
func ClientCertificate(pem []byte) ListenerOption {
	return onTLS("ClientCertificate", func(t *wire.TLS) error {
		t.ClientCert = pem
		return nil
	})
}

func onTLS(name string, set func(*wire.TLS) error) ListenerOption {
	return func(l *listener) error {
		if l.tls == nil {
			return fmt.Errorf("%s: it speaks %s, which has no TLS", name, l.protocol)
		}
		return set(l.tls)
	}
}

// Step is one step of a conversation before TLS or instead of HTTP. Exactly one of its fields is set:
// Expect (a regular expression), Send, Hex, TLS ("upgrade") or Proxy ("v1", "v2": the PROXY protocol's header).
type Step = wire.Step

// Preface is what a client does on a new connection before anything else, as for STARTTLS.
func Preface(steps ...Step) ListenerOption {
	return func(l *listener) error {
		if len(steps) == 0 {
			return errors.New("Preface: it has no step")
		}
		l.preface = steps
		return nil
	}
}
