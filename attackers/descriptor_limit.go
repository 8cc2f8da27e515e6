package attackers

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// spareFiles are the descriptors that a process needs for other things than holds:
// standard streams, epoll, eventfd, and a margin.
const spareFiles = 32

// needFiles raises RLIMIT_NOFILE from its soft to its hard value. It fails if the holds do
// not fit: fewer holds than planned would measure something else.
func needFiles(holds int) error {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return fmt.Errorf("read RLIMIT_NOFILE: %w", err)
	}
	if lim.Cur < lim.Max {
		lim.Cur = lim.Max
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
			return fmt.Errorf("raise RLIMIT_NOFILE to its hard value %d: %w", lim.Max, err)
		}
	}
	return filesFit(holds, lim.Max)
}

// filesFit compares the holds with the hard limit on descriptors.
func filesFit(holds int, hard uint64) error {
	if want := uint64(holds) + spareFiles; want > hard {
		return fmt.Errorf("%d holds need %d file descriptors and the hard limit (RLIMIT_NOFILE) is %d: use fewer holds or start the attacker with a higher limit", holds, want, hard)
	}
	return nil
}
