package containers

import (
	"context"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
)

// whoKeeps finds out which process owns the socket of a hold that was released and whose worker is not freed.
func (h *Hold) whoKeeps(state record.HoldState) record.HoldState {
	if state.Released == 0 || state.WorkerFreed != 0 || h.server.followed.ask(inspect.Command{Owner: &inspect.HoldRef{Hold: h.parking.wire.ID}}) != nil {
		return state
	}
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	return h.await(ctx, func(s record.HoldState) bool { return s.KeptBy != "" || s.WorkerFreed != 0 })
}
