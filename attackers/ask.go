package attackers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"stalemate/reports/record/wire"
)

// Ask is Probe for many requests on one input. It answers them in order: one ProbeResult
// each, or with RepeatFor one for each exchange. It returns when the input ends.
func Ask(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	write := func(res wire.ProbeResult) error { return json.NewEncoder(out).Encode(res) }
	for {
		var req probe
		if err := decoder.Decode(&req.ProbeRequest); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read a probe request: %w", err)
		}
		if err := req.check(); err != nil {
			return err
		}
		if req.RepeatFor > 0 {
			if err := req.series(ctx, write); err != nil {
				return err
			}
			continue
		}
		if err := req.until(ctx, write); err != nil {
			return fmt.Errorf("write a probe result: %w", err)
		}
	}
}
