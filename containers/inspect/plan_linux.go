package inspect

import (
	"errors"

	"stalemate/reports/record"
)

// planned is an autopsy in preparation.
type planned struct{}

var errNotYet = errors.New("not built yet")

func (s *server) plan(c AutopsyPlan)   { s.fail(record.Event{Hold: c.Hold}, errNotYet) }
func (s *server) autopsy(c AutopsyNow) { s.fail(record.Event{Hold: c.Hold}, errNotYet) }
func (s *server) inject(Inject)        { s.fail(record.Event{}, errNotYet) }
