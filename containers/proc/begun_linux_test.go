package proc

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

// TestABusyMachineDoesNotShiftTheStartOfAProcess: the scheduler takes the processor away for 30 ms between two readings, twice.
// A shifted start made a server look as if it had been started again.
func TestABusyMachineDoesNotShiftTheStartOfAProcess(t *testing.T) {
	g := NewWithT(t)
	const slept = 7 * time.Second
	now, reads := time.Hour, 0
	read := func(clock int32) (time.Duration, error) {
		reads++
		now += time.Microsecond
		if reads == 2 || reads == 6 {
			now += 30 * time.Millisecond
		}
		if clock == unix.CLOCK_BOOTTIME {
			return now + slept, nil
		}
		return now, nil
	}
	asleep, err := timeAsleep(read)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(asleep).To(BeNumerically("~", slept, 100*time.Microsecond))
}
