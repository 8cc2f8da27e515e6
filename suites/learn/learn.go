// Package learn finds out what a target file should say of an image: where it
// listens and what it speaks there, what ends a silent or a trickled connection at
// each stage, and whether it starts again after an unclean death. Nobody has
// looked at the result: it says `reviewed: false`.
package learn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

// Options say what is to be learnt of what.
type Options struct {
	Image   string
	HTTP    []int         // ports that speak HTTP; with HTTPS empty as well they are found
	HTTPS   []int         // ports that speak HTTP over TLS
	Partial string        // a target file without limits, or ""
	Cap     time.Duration // how long a hold is watched; at least a second
	Repeats int           // holds a cell
	Now     time.Time     // for the comment, and what Waivers count from
	// WaiveFor makes each weakness a failure that is waived for so long from Now; 0 declares it unbounded instead.
	WaiveFor time.Duration
}

// Written is what was learnt.
type Written struct {
	Target  string // the text of a target file
	Waivers string // the text of a file of waivers, "" without WaiveFor
}

// The defaults of Options.
const (
	DefaultCap     = 20 * time.Second
	DefaultRepeats = 3
)

// examineWithin bounds everything before the holds: building, starting, asking, and starting again.
const examineWithin = 10 * time.Minute

// ErrRequest marks what is wrong with the options, before anything was started.
var ErrRequest = errors.New("cannot learn what was asked for")

// Check says what is wrong with the options. No engine is needed.
func (o Options) Check() error {
	_, err := o.check()
	return err
}

func (o Options) check() (*draft, error) {
	if o.Cap < time.Second || o.Cap > 30*time.Minute {
		return nil, fmt.Errorf("%w: --cap is %s: give 1s to 30m", ErrRequest, o.Cap)
	}
	if o.Repeats < 2 || o.Repeats > 20 {
		return nil, fmt.Errorf("%w: --repeats is %d: give 2 to 20, one hold shows no spread", ErrRequest, o.Repeats)
	}
	d, err := begin(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if d.has["listeners"] && len(o.HTTP)+len(o.HTTPS) > 0 {
		return nil, fmt.Errorf("%w: %s has listeners, and --http or --https name ports: leave one out", ErrRequest, o.Partial)
	}
	if _, err := d.with(placeholders...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return d, nil
}

// placeholders stand for what is not known before the target has run.
var placeholders = []section{
	{"listeners", "listeners: {unknown: {port: 1, proto: tcp}}\n"},
	{"limits", "limits: {\"*\": {max: 1s}}\n"},
}

// Learn does it.
func Learn(ctx context.Context, s *session.Session, o Options) (Written, error) {
	d, err := o.check()
	if err != nil {
		return Written{}, err
	}
	t, err := d.with(placeholders...)
	if err != nil {
		return Written{}, err
	}
	seen, err := examine(ctx, s, t, d, o)
	if err != nil {
		return Written{}, err
	}
	d.add(seen.sections()...)
	measured, err := measure(ctx, s, d, o)
	if err != nil {
		return Written{}, err
	}
	found := find(measured, seen.server, o.Cap.Seconds())
	text := write(d, seen, found, o)
	// What is written must be what check takes.
	learnt, err := fixtures.Parse(d.path, []byte(text), os.LookupEnv)
	if err == nil {
		_, err = plan.Make([]*fixtures.Target{learnt}, "")
	}
	if err != nil {
		return Written{}, fmt.Errorf("the learnt file of %s is not valid, which is a fault of learn: %w\n%s", d.name, err, text)
	}
	return Written{Target: text, Waivers: waivers(found, seen.server, o)}, nil
}

// note tells the log, and who reads it, what was found on the way.
func note(s *session.Session, target, format string, args ...any) {
	_ = s.Log.Write(record.Event{Kind: record.Observed, Target: target, Note: fmt.Sprintf(format, args...)}) // the log keeps its error
}
