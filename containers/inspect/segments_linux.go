package inspect

import (
	"errors"
	"net/netip"

	"stalemate/containers/autopsy"
)

// segments counts the segments with data that have arrived at the local end.
func segments(d *Diag, local, remote netip.AddrPort) func() (int64, error) {
	return func() (int64, error) {
		s, found, err := d.LookupInfo(local, remote)
		switch {
		case err != nil:
			return 0, err
		case !found:
			return 0, errNoOwner
		case s.Segments < 0:
			return 0, errNoSegments
		}
		return s.Segments, nil
	}
}

var errNoSegments = errors.New("the kernel does not count segments with data (it is older than 4.6)")

// countingSegments calls do, in which the case counts segments. A job has a Diag of its own, since a Diag serves one goroutine. If
// there is none, the segments are not known.
func countingSegments(c *autopsy.Case, local, remote netip.AddrPort, do func() error) error {
	d, err := NewDiag()
	if err != nil {
		c.Segments = func() (int64, error) { return 0, err }
		return do()
	}
	c.Segments = segments(d, local, remote)
	return errors.Join(do(), d.Close())
}
