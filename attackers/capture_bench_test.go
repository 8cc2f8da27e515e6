//go:build linux

package attackers

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// packets notes when the first FIN or RST of a server came past, by the port of its client: CLOCK_MONOTONIC in nanoseconds. It
// reads every packet of the loopback interface, which needs CAP_NET_RAW.
type packets struct {
	fd     int
	server uint16
	skew   int64 // from the clock of packets, CLOCK_REALTIME, to CLOCK_MONOTONIC

	mu   sync.Mutex
	ends map[uint16]int64
}

func capturePackets(b *testing.B, server uint16) *packets {
	b.Helper()
	const everything = unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 // in network order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, everything)
	if err != nil {
		b.Skipf("capture packets: %v", err)
	}
	loopback, err := net.InterfaceByName("lo")
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range []error{
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: loopback.Index}),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}),
	} {
		if err != nil {
			b.Fatalf("capture packets: %v", err)
		}
	}
	return &packets{fd: fd, server: server, skew: record.Now() - time.Now().UnixNano(), ends: map[uint16]int64{}}
}

// run reads packets until no more come for a second after the stop.
func (c *packets) run(stop <-chan struct{}) {
	packet, control := make([]byte, 128), make([]byte, 128)
	for {
		n, oob, _, _, err := unix.Recvmsg(c.fd, packet, control, 0)
		if err != nil {
			select {
			case <-stop:
				return
			default:
				continue
			}
		}
		c.note(packet[:n], control[:oob])
	}
}

// note takes in one packet: an IPv4 header (RFC 791 section 3.1) and a TCP header (RFC 9293 section 3.1).
func (c *packets) note(packet, control []byte) {
	if len(packet) < 40 || packet[0]>>4 != 4 || packet[9] != unix.IPPROTO_TCP {
		return
	}
	tcp := packet[int(packet[0]&15)*4:]
	const fin, rst = 1, 4
	if len(tcp) < 20 || binary.BigEndian.Uint16(tcp) != c.server || tcp[13]&(fin|rst) == 0 {
		return
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return
	}
	for _, m := range messages {
		if m.Header.Type != unix.SO_TIMESTAMPNS || len(m.Data) < 16 {
			continue
		}
		at := int64(binary.NativeEndian.Uint64(m.Data))*int64(time.Second) + int64(binary.NativeEndian.Uint64(m.Data[8:])) + c.skew
		c.mu.Lock()
		if port := binary.BigEndian.Uint16(tcp[2:]); c.ends[port] == 0 {
			c.ends[port] = at
		}
		c.mu.Unlock()
	}
}

// BenchmarkReleaseAgainstCapture compares when the attacker says that a server released a hold with when the packet came past:
// 1,000 holds, half of which the server resets.
func BenchmarkReleaseAgainstCapture(b *testing.B) {
	const holds = 1000
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for n := 0; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if n%2 == 0 {
				_ = conn.(*net.TCPConn).SetLinger(0)
			}
			time.AfterFunc(time.Second+rand.N(4*time.Second), func() { _ = conn.Close() })
		}
	}()
	for range b.N {
		c := capturePackets(b, l.Addr().(*net.TCPAddr).AddrPort().Port())
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() { defer close(stopped); c.run(stop) }()
		released := releases(b, l.Addr().String(), holds)
		close(stop)
		<-stopped
		_ = unix.Close(c.fd)
		var off []time.Duration
		for port, at := range released {
			seen := c.ends[port]
			if seen == 0 {
				b.Fatalf("the capture has no end of the connection from port %d", port)
			}
			off = append(off, time.Duration(max(at-seen, seen-at)))
		}
		slices.Sort(off)
		for name, i := range map[string]int{"ms-median": holds / 2, "ms-p99": holds * 99 / 100, "ms-max": holds - 1} {
			b.ReportMetric(float64(off[i])/float64(time.Millisecond), name)
		}
	}
}

// releases opens holds, and gives the time of each release by the port of the client.
func releases(b *testing.B, address string, holds int) map[uint16]int64 {
	b.Helper()
	plan := wire.Plan{Run: "r"}
	for i := range holds {
		h := oneHold(address, "tcp.connected", record.Silent, func(h *wire.Hold) {
			h.ID, h.Watch, h.StartAfter = fmt.Sprint(i), time.Minute, time.Duration(i)*2*time.Millisecond
		})
		plan.Holds = append(plan.Holds, h.Holds...)
	}
	in, say := io.Pipe()
	hear, out := io.Pipe()
	defer say.Close()
	go func() { _ = json.NewEncoder(say).Encode(plan) }()
	go func() { _ = out.CloseWithError(Attack(b.Context(), in, out)) }()
	ports, released := map[string]uint16{}, map[uint16]int64{}
	for lines := bufio.NewScanner(hear); len(released) < holds && lines.Scan(); {
		var e record.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			b.Fatal(err)
		}
		switch e.Kind {
		case record.HoldConnected:
			ports[e.Hold] = netip.MustParseAddrPort(e.HoldInfo.Local).Port()
		case record.HoldReleased:
			released[ports[e.Hold]] = e.T
		case record.HoldFailed:
			b.Fatalf("hold %s: %s", e.Hold, e.Note)
		}
	}
	if len(released) < holds {
		b.Fatalf("%d of %d holds were released", len(released), holds)
	}
	return released
}
