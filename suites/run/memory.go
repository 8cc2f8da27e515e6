package run

import (
	"context"
	"fmt"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// WithinMemory makes a failure inconclusive if the target had no memory left: stalemate bounds its memory, so the failure may be of
// stalemate's making.
func WithinMemory(ctx context.Context, p Server, t *target.Target, j record.Judgement) record.Judgement {
	if j.Status != record.Failed || p == nil {
		return j
	}
	short, err := p.OutOfMemory(ctx)
	if err != nil || !short {
		return j
	}
	memory := resources(t).Complete().Memory
	j.Message = fmt.Sprintf("inconclusive: the target used all of its memory (%d MiB), and the kernel killed a process of it: "+
		"raise resources.memory in the target file; without that, %s", memory>>20, j.Message)
	j.Verdict, j.Status, j.Severity = record.Inconclusive, record.Unknown, ""
	return j
}
