package reaper

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
)

func TestSweepsRepeatUntilTheyFindNothing(t *testing.T) {
	broken := errors.New("the engine does not answer")
	for name, c := range map[string]struct {
		quiet  int
		found  []int // -1: the sweep fails
		sweeps int
	}{
		"a clean end":                     {quietAfterStop, []int{0}, 1},
		"a clean end that left something": {quietAfterStop, []int{3, 0}, 2},
		"an engine that fails once":       {quietAfterStop, []int{-1, 0}, 2},
		"a killed run":                    {quietAfterDeath, []int{9, 0, 0, 1, 0, 0, 0, 0, 0}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				sweeps := 0
				err := sweepUntilQuiet(t.Context(), c.quiet, func() (int, error) {
					found := c.found[sweeps]
					sweeps++
					if found < 0 {
						return 0, broken
					}
					return found, nil
				})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(sweeps).To(Equal(c.sweeps))
			})
		})
	}
}

func TestSweepsThatAlwaysFailReturnTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		broken := errors.New("the engine does not answer")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		g.Expect(sweepUntilQuiet(ctx, quietAfterStop, func() (int, error) { return 0, broken })).To(MatchError(broken))
	})
}
