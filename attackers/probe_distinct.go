package attackers

import (
	"context"
	"fmt"
	"time"

	"stalemate/reports/record/wire"
)

// defaultDistinct is for how long it asks at most where Within is not given.
const defaultDistinct = 20 * time.Second

// checkDistinct says what is wrong with it. nil, for no such request, is right.
func checkDistinct(d *wire.Distinct) error {
	if d != nil && (d.Header == "" || d.Values <= 0) {
		return fmt.Errorf("distinct: %+v: give a header and a number of values", *d)
	}
	return nil
}

// distinct writes the result of each exchange that showed a new value, and of the last. It
// is no error if time is over before all values were seen: the results show it.
func (r *probe) distinct(ctx context.Context, write func(wire.ProbeResult) error) error {
	within := r.Within
	if within == 0 {
		within = defaultDistinct
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	seen := map[string]bool{}
	for attempt := 1; ; attempt++ {
		res := r.once(ctx)
		res.Attempts = attempt
		news := false
		for _, value := range res.Headers[r.Distinct.Header] {
			if res.OK && !seen[value] {
				news, seen[value] = true, true
			}
		}
		over := len(seen) >= r.Distinct.Values || ctx.Err() != nil
		if news || over {
			if err := write(res); err != nil {
				return fmt.Errorf("write a probe result: %w", err)
			}
		}
		if over {
			return nil
		}
	}
}
