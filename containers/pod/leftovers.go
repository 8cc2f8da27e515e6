package pod

import (
	"context"
	"fmt"

	"stalemate/containers/leftover"
	"stalemate/containers/query"
	"stalemate/reports/record"
)

// Leftovers asks the Inspector or the Witness to list, plant or remove objects. With an error, it also returns the objects that
// were listed, planted or removed before. Once begun, a request ends at the deadline of ctx (30 s if it has none), and not
// when ctx is cancelled.
func (p *Pod) Leftovers(ctx context.Context, role Role, verb leftover.Verb, r leftover.Request) ([]record.Leftover, error) {
	answer, err := p.askContainer(ctx, role, query.Request{Leftovers: &query.LeftoversRequest{Verb: verb, Request: r}})
	if err != nil {
		return answer.Leftovers, fmt.Errorf("pod %s: %s leftovers: %w", p.spec.Name, verb, err)
	}
	return answer.Leftovers, nil
}
