package attackers

import (
	"time"

	"golang.org/x/sys/unix"
)

// now is CLOCK_MONOTONIC in nanoseconds, the clock that all containers of one
// host share. The call cannot fail with this clock and a valid pointer.
func now() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// at turns a CLOCK_MONOTONIC time into the time that deadlines and timers take.
func at(mono int64) time.Time { return time.Now().Add(time.Duration(mono - now())) }
