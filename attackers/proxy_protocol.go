package attackers

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// proxyHeader is the header of the PROXY protocol, version "v1" or "v2", for a connection
// from client to server: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt,
// sections 2.1 and 2.2. Both addresses must be of one family, as those of a connection are.
func proxyHeader(version string, client, server netip.AddrPort) ([]byte, error) {
	from, to := client.Addr().Unmap().WithZone(""), server.Addr().Unmap().WithZone("")
	if !from.IsValid() || from.Is4() != to.Is4() || !to.IsValid() {
		return nil, fmt.Errorf("PROXY protocol: %s and %s are not two addresses of one family", client, server)
	}
	switch version {
	case "v1":
		return proxyText(from, to, client.Port(), server.Port()), nil
	case "v2":
		return proxyBinary(from, to, client.Port(), server.Port()), nil
	}
	return nil, fmt.Errorf("PROXY protocol: version %q: use v1 or v2", version)
}

func proxyText(from, to netip.Addr, fromPort, toPort uint16) []byte {
	family := "TCP6"
	if from.Is4() {
		family = "TCP4"
	}
	return fmt.Appendf(nil, "PROXY %s %s %s %d %d\r\n", family, from, to, fromPort, toPort)
}

func proxyBinary(from, to netip.Addr, fromPort, toPort uint16) []byte {
	const (
		versionAndCommand = 0x21 // version 2, PROXY
		tcp4, tcp6        = 0x11, 0x21
	)
	family := byte(tcp6)
	if from.Is4() {
		family = tcp4
	}
	var addresses []byte
	addresses = append(addresses, from.AsSlice()...)
	addresses = append(addresses, to.AsSlice()...)
	addresses = binary.BigEndian.AppendUint16(addresses, fromPort)
	addresses = binary.BigEndian.AppendUint16(addresses, toPort)
	header := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), versionAndCommand, family)
	header = binary.BigEndian.AppendUint16(header, uint16(len(addresses)))
	return append(header, addresses...)
}

// sendProxyHeader sends the header of this connection, below TLS.
func (c *client) sendProxyHeader(version string) error {
	from, err := netip.ParseAddrPort(c.conn.LocalAddr().String())
	if err != nil {
		return fmt.Errorf("PROXY protocol: the client's address: %w", err)
	}
	to, err := netip.ParseAddrPort(c.conn.RemoteAddr().String())
	if err != nil {
		return fmt.Errorf("PROXY protocol: the server's address: %w", err)
	}
	header, err := proxyHeader(version, from, to)
	if err != nil {
		return err
	}
	_, err = c.conn.Write(header)
	return err
}
