package attackers

import (
	"time"

	"golang.org/x/sys/unix"
)

// noticeable is how late this program may notice what arrived, before the kernel's time counts instead of
// its own. The kernel's time is in milliseconds, and may be a tick of 10 ms old (CONFIG_HZ=100).
const noticeable = 20 * time.Millisecond

// segment says which of the segments that arrived is meant.
type segment int

const (
	anySegment  segment = iota // a FIN as well: tcpi_last_ack_recv. A RST changes nothing there
	dataSegment                // tcpi_last_data_recv
)

// arrived is when the last such segment arrived, of which this program knows since now (CLOCK_MONOTONIC, ns). On a busy
// machine a program may be woken long after that. It is now if that differs by less than noticeable, or if the
// kernel does not tell.
func (c *connection) arrived(which segment, now int64) int64 {
	var info *unix.TCPInfo
	var err error
	ctlErr := c.raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	if ctlErr != nil || err != nil {
		return now
	}
	ago := info.Last_ack_recv
	if which == dataSegment {
		ago = info.Last_data_recv
	}
	if late := time.Duration(ago) * time.Millisecond; late >= noticeable {
		return now - int64(late)
	}
	return now
}

// stoodSince is the earliest moment at which the client can have stood at its stage, of which it knows since now: when it
// last sent something, or when what it waited for arrived.
func (c *connection) stoodSince(now int64) int64 {
	which := dataSegment
	if c.got.Load() == 0 {
		which = anySegment // the server's SYN-ACK
	}
	since := c.lastSent.Load()
	if at := c.arrived(which, now); at < now || since == 0 {
		since = max(since, at)
	}
	if since == 0 || now-since < int64(noticeable) {
		return now
	}
	return since
}
