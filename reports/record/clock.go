package record

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is CLOCK_MONOTONIC in nanoseconds, the clock of every Event. All containers of
// one host share it. It is 0 where the kernel has no such clock.
func Now() int64 {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &at); err != nil {
		return 0
	}
	return at.Nano()
}

// seconds is the time from one moment of that clock to another.
func seconds(from, to int64) float64 { return time.Duration(to - from).Seconds() }
