package inspect

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// maxLine bounds one command, in bytes.
const maxLine = 1 << 20

// Serve reads commands, JSON lines, from in and writes events, JSON lines, to out. It returns nil when in or ctx ends, and an
// error only if it cannot work at all: a command that fails is answered by an event with Error set. Read out while you
// write to in, since Serve stops reading while out is full.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	diag, err := NewDiag()
	if err != nil {
		return err
	}
	defer diag.Close()
	s := &server{
		root: proc.Root, diag: diag, now: record.Now,
		holds: make(map[string]*watchedHold), plans: make(map[string]*plannedAutopsy),
		starved: newStarvation(proc.Root),
		later:   make(chan func(), 16), busy: make(chan struct{}, 1), ctx: ctx, out: out,
	}
	lines := make(chan []byte)
	readErr := make(chan error, 1)
	go func() {
		readErr <- readLines(ctx, in, lines)
	}()
	return s.loop(lines, readErr)
}

// readLines sends the lines of in until in or ctx ends.
func readLines(ctx context.Context, in io.Reader, lines chan<- []byte) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 4096), maxLine)
	for scanner.Scan() {
		if len(scanner.Bytes()) == 0 {
			continue
		}
		select {
		case lines <- append([]byte(nil), scanner.Bytes()...):
		case <-ctx.Done():
			return nil
		}
	}
	return scanner.Err()
}

// server is the state of one Serve. It belongs to the goroutine of loop. Work that takes time runs in a separate goroutine,
// and sends its result to that of loop over later.
type server struct {
	root      string
	diag      *Diag
	now       func() int64 // CLOCK_MONOTONIC, ns
	holds     map[string]*watchedHold
	plans     map[string]*plannedAutopsy
	proven    []justProven     // in this poll
	ends      *endWatch        // of the processes, nil before the first
	processes map[int]*process // by PID: the owners of sockets, and the main process
	starved   *starvation

	portDelays  map[thread]time.Duration // what the threads of the processes that listen had waited at the last look at the ports
	portStarved map[int]time.Duration    // by port, since the first look
	later       chan func()
	busy        chan struct{} // holds one value while a job runs
	ctx         context.Context
	out         io.Writer
	err         error // the first failure to write
}

func (s *server) loop(lines <-chan []byte, readErr <-chan error) error {
	pace := time.NewTimer(slowEvery)
	defer pace.Stop()
	var lastSlow int64
	for s.err == nil {
		select {
		case <-s.ctx.Done():
			return nil
		case err := <-readErr:
			if err != nil {
				return fmt.Errorf("read commands: %w", err)
			}
			return nil
		case line := <-lines:
			s.execute(line)
			if s.anyFast() {
				pace.Reset(fastEvery)
			}
		case done := <-s.later:
			done()
		case <-pace.C:
			t := s.now()
			slow := t-lastSlow >= int64(s.slowInterval()-fastEvery/2)
			if slow {
				lastSlow = t
			}
			s.pollHolds(slow)
			if s.anyFast() {
				pace.Reset(fastEvery)
			} else {
				pace.Reset(s.slowInterval())
			}
		}
	}
	return s.err
}

// execute carries out one command.
func (s *server) execute(line []byte) {
	c, err := ParseCommand(line)
	if err != nil {
		s.fail(record.Event{}, err)
		return
	}
	switch {
	case c.Watch != nil:
		s.holds[c.Watch.Hold] = &watchedHold{Watch: *c.Watch, began: s.now(), before: s.starved.before(s.now())}
	case c.Main != nil:
		s.followMain(c.Main.PID)
	case c.Parked != nil:
		s.parked(*c.Parked)
	case c.Unwatch != nil:
		delete(s.holds, c.Unwatch.Hold)
		delete(s.plans, c.Unwatch.Hold)
	case c.Fast != nil:
		if w := s.holds[c.Fast.Hold]; w != nil {
			w.fastUntil = s.now() + int64(fastFor)
		}
	case c.Owner != nil:
		s.ownerOf(c.Owner.Hold)
	case c.Workers != nil:
		s.workers(c.Workers.Main)
	case c.Ports != nil:
		s.ports(c.Ports.Ports)
	case c.Passive != nil:
		s.passive()
	case c.Outgoing != nil:
		s.outgoing(c.Outgoing.Main)
	case c.Sample != nil:
		s.sample(*c.Sample)
	case c.AutopsyPlan != nil:
		s.plan(*c.AutopsyPlan)
	case c.Autopsy != nil:
		s.autopsy(*c.Autopsy)
	case c.Inject != nil:
		s.inject(*c.Inject)
	}
}

// emit writes one event, with the present time if it has none.
func (s *server) emit(e record.Event) {
	if e.T == 0 {
		e.T = s.now()
	}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = s.out.Write(append(line, '\n'))
	}
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("write an event: %w", err)
	}
}

// fail writes an event about something that could not be observed.
func (s *server) fail(e record.Event, err error) {
	if e.Kind == "" {
		e.Kind = record.Observed
	}
	e.Error = err.Error()
	s.emit(e)
}
