// Package learn writes a target file for an image: on which ports its server listens and what it speaks there, what
// ends a silent or a trickled connection at each stage, and whether it starts again after a kill. The file says
// `reviewed: false`, because nobody has looked at it.
package learn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// Options say what to learn, and from which image.
type Options struct {
	Image   string
	HTTP    []int         // ports that speak HTTP; with HTTPS empty as well they are found
	HTTPS   []int         // ports that speak HTTP over TLS
	Partial string        // a target file without limits, or ""
	Output  string        // the file that the target is going to be in, "" where that is not known
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
	// Limited is how many cells the server releases within the cap. Weaknesses are the others, one text for each reason.
	Limited    int
	Weaknesses []string
}

// The defaults of Options.
const (
	// DefaultCap is longer than what servers ship with: nginx and lighttpd 60 s, HAProxy 50 s, nginx's keepalive_timeout 75 s,
	// mosquitto 90 s. All holds wait at the same time, and one that is released earlier does not wait for it.
	DefaultCap     = 90 * time.Second
	DefaultRepeats = 3
)

const (
	// startWithin bounds building and starting, examineWithin asking, and restartsWithin killing and starting again.
	startWithin    = 10 * time.Minute
	examineWithin  = 5 * time.Minute
	restartsWithin = 5 * time.Minute
	// learnWithin is how long learn takes at most once the image is built, as far as it can choose: a cell is held again only if that
	// ends within it.
	learnWithin = 3 * time.Minute
)

// ErrRequest means that the options are wrong. Nothing was started.
var ErrRequest = errors.New("cannot learn")

// Check says what is wrong with the options, and gives the target so far as it is
// known: what stands in for its listeners and limits is not. No engine is needed.
func (o Options) Check() (*target.Target, error) {
	_, t, err := o.check()
	return t, err
}

func (o Options) check() (*draft, *target.Target, error) {
	d, t, err := o.draft()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return d, t, nil
}

func (o Options) draft() (*draft, *target.Target, error) {
	if o.Cap < time.Second || o.Cap > 30*time.Minute {
		return nil, nil, fmt.Errorf("--cap %s: give 1s to 30m", o.Cap)
	}
	if o.Repeats < 2 || o.Repeats > 20 {
		return nil, nil, fmt.Errorf("--repeats %d: give 2 to 20; one hold shows no spread", o.Repeats)
	}
	if err := o.ports(); err != nil {
		return nil, nil, err
	}
	d, err := begin(o)
	if err != nil {
		return nil, nil, err
	}
	if d.has["listeners"] && len(o.HTTP)+len(o.HTTPS) > 0 {
		return nil, nil, fmt.Errorf("%s has listeners, and --http or --https names ports: remove one", o.Partial)
	}
	t, err := d.with(placeholders...)
	if err != nil {
		return nil, nil, err
	}
	if longest := o.longestCap(); d.has["cap"] && t.Cap < longest {
		return nil, nil, fmt.Errorf("%s: cap is %s, but with --cap %s a limit may need %s: raise cap, remove it, or lower --cap",
			o.Partial, t.Cap, o.Cap, longest)
	}
	// The paths must be right in the folder of the output, too.
	if _, err := target.Parse(d.out, []byte(d.moved+d.added+d.missing(placeholders...)), os.LookupEnv); err != nil {
		return nil, nil, fmt.Errorf("the file that learn would write to %s: %w", d.out, err)
	}
	d.hide = Mask(t.Secrets)
	return d, t, nil
}

// ports says what is wrong with those of the command line.
func (o Options) ports() error {
	seen := map[int]bool{}
	for _, number := range slices.Concat(o.HTTP, o.HTTPS) {
		switch {
		case number < 1 || number > 65535:
			return fmt.Errorf("port %d in --http or --https: give 1 to 65535", number)
		case seen[number]:
			return fmt.Errorf("port %d is given twice in --http and --https: give it once", number)
		}
		seen[number] = true
	}
	return nil
}

// longestCap is enough for every limit that can be found: what is held for so long may have been seen a little later.
func (o Options) longestCap() time.Duration {
	return time.Duration(capFor((o.Cap + beyondCap + 3*time.Second).Seconds())) * time.Second
}

// placeholders stand for what is not known before the target has run.
var placeholders = []section{
	{"listeners", "listeners: {not-known-yet: {port: 1, proto: http}}\n"},
	{"limits", "limits: {\"*\": {max: 1s}}\n"},
}

// Learn starts the image in a pod of the session, measures it, and returns the text of its target file.
func Learn(ctx context.Context, s *run.Session, o Options) (Written, error) {
	d, t, err := o.check()
	if err != nil {
		return Written{}, err
	}
	ctx, done := s.Engine.While(ctx)
	defer done()
	pod, err := startLook(ctx, s, t)
	if pod != nil {
		defer pod.Close(ctx) // the reaper removes what this cannot
	}
	if err != nil {
		return Written{}, fmt.Errorf("start target %s: %w", t.Name, err)
	}
	began := time.Now()
	seen, pid, err := examine(ctx, s, pod, t, d, o)
	if err != nil {
		return Written{}, err
	}
	d.add(seen.sections()...)
	// The starts after a kill take a pod for themselves, and up to half a minute on a busy machine: the holds do not wait for them.
	var measured []measured
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		seen.restart, err = restartTwice(ctx, s, pod, t, pid, seen, d.hide)
		return err
	})
	both.Go(func() (err error) {
		measured, err = measure(ctx, s, d, o, began.Add(learnWithin))
		return err
	})
	if err := both.Wait(); err != nil {
		return Written{}, err
	}
	return conclude(d, seen, find(measured, o.Cap.Seconds()), o)
}

// startLook starts a pod for the target in which nothing is held. It returns the pod even if that fails halfway.
func startLook(ctx context.Context, s *run.Session, t *target.Target) (run.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	return s.Execution.StartSinglePod(ctx, t, t.Name+"-look")
}

// conclude writes the target file. check must accept it.
func conclude(d *draft, seen *seen, found []finding, o Options) (Written, error) {
	text := write(d, seen, found, o)
	learnt, err := target.Parse(d.out, []byte(text), os.LookupEnv)
	if err == nil {
		_, err = plan.Make([]*target.Target{learnt}, plan.Selection{})
	}
	if err != nil {
		return Written{}, fmt.Errorf("learn wrote a file for %s that is not valid, which is a bug in stalemate: %w\n%s", d.name, err, text)
	}
	return Written{Target: text, Waivers: waivers(found, seen.server, o), Limited: limited(found), Weaknesses: d.hide.all(weaknesses(found, seen))}, nil
}

// note writes into the log what was found.
func note(s *run.Session, target, format string, args ...any) {
	_ = s.Log.Write(record.Event{Kind: record.Observed, Target: target, Note: fmt.Sprintf(format, args...)}) // the log keeps its error
}
