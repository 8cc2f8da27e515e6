package attackers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Ask is Probe for many requests over one input: each is answered, in order, with
// its ProbeResults, a request with RepeatFor with one for each exchange. It ends with its input.
func Ask(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	write := func(res ProbeResult) error { return json.NewEncoder(out).Encode(res) }
	for {
		var req ProbeRequest
		if err := decoder.Decode(&req); err != nil {
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
		if err := write(req.until(ctx)); err != nil {
			return fmt.Errorf("write a probe result: %w", err)
		}
	}
}
