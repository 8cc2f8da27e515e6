package leftover

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestAPatternMeansALeftover(t *testing.T) {
	g := NewWithT(t)
	shm := record.Leftover{Kind: PosixShm, Name: "/dev/shm/ShM.1H2"}
	for pattern, means := range map[string]bool{
		"posix-shm ShM.*":          true,
		"posix-shm /dev/shm/ShM.*": true,
		"ShM.*":                    true,
		"/dev/shm/*":               true,
		"sysv-shm ShM.*":           false,
		"posix-shm ShM":            false,
		"/run/*":                   false,
		"posix-shm [":              false,
	} {
		g.Expect(Matches(pattern, shm)).To(Equal(means), pattern)
	}
}
