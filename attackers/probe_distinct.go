package attackers

import (
	"context"
	"fmt"
	"time"
)

// Distinct asks again and again, each time on a connection of its own, until a
// response header has had so many values: until every worker of a server that
// names itself in it has answered.
type Distinct struct {
	Header string `json:"header"`
	Values int    `json:"values"`
}

// defaultDistinct bounds the asking where Within does not.
const defaultDistinct = 20 * time.Second

// check says what is wrong with it; nil is right.
func (d *Distinct) check() error {
	if d != nil && (d.Header == "" || d.Values <= 0) {
		return fmt.Errorf("distinct: %+v: a header and a number of values are wanted", *d)
	}
	return nil
}

// distinct writes the result of each exchange that showed a new value, and of the
// last. It ends without an error when time is over as well: the values tell.
func (r *ProbeRequest) distinct(ctx context.Context, write func(ProbeResult) error) error {
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
