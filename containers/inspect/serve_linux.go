// Package inspect is what runs beside a target, in the pod's network namespace
// and the target's PID namespace: it follows the server's end of every hold,
// finds the process behind it, and looks into that process after the verdict.
package inspect

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

// The paces of looking.
const (
	slowPace  = 70 * time.Millisecond  // every hold under watch; not a divisor of whole seconds
	perHold   = 200 * time.Microsecond // with very many holds the slow pace is this for each: looking (4 us) takes a few percent of a processor at most
	fastPace  = 10 * time.Millisecond  // a hold whose peer has seen a release
	fastFor   = 5 * time.Second        // how long the fast pace lasts
	ownerPace = 200 * time.Millisecond
	maxLine   = 1 << 20
)

// Serve carries out commands, JSON lines on in, and writes events, JSON lines,
// to out. It ends with nil at the end of in or of ctx, and with an error only where
// it cannot work at all; a command that fails is answered by an event with Error set.
// Whoever sends commands must read events at the same time: a full out stops the reading of in.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	diag, err := NewDiag()
	if err != nil {
		return err
	}
	defer diag.Close()
	s := &server{
		root: proc.Root, diag: diag, now: proc.Monotonic,
		holds: make(map[string]*watched), plans: make(map[string]*planned),
		later: make(chan func(), 16), busy: make(chan struct{}, 1), ctx: ctx, out: out,
	}
	lines := make(chan []byte)
	readErr := make(chan error, 1)
	go func() {
		readErr <- readLines(ctx, in, lines)
	}()
	return s.loop(lines, readErr)
}

// readLines passes lines on until the end of in, or of ctx.
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

// server is the state of one Serve. All of it belongs to the goroutine of loop;
// work that takes time runs beside it and hands its end back through later.
type server struct {
	root   string
	diag   *Diag
	now    func() int64 // CLOCK_MONOTONIC, ns
	holds  map[string]*watched
	plans  map[string]*planned
	proven []justProven // in this look
	later  chan func()
	busy   chan struct{} // held by the one job that stops processes
	ctx    context.Context
	out    io.Writer
	err    error // the first failure to write
}

func (s *server) loop(lines <-chan []byte, readErr <-chan error) error {
	pace := time.NewTimer(slowPace)
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
			s.command(line)
			if s.fast() {
				pace.Reset(fastPace)
			}
		case done := <-s.later:
			done()
		case <-pace.C:
			t := s.now()
			slow := t-lastSlow >= int64(s.slow()-fastPace/2)
			if slow {
				lastSlow = t
			}
			s.look(slow)
			if s.fast() {
				pace.Reset(fastPace)
			} else {
				pace.Reset(s.slow())
			}
		}
	}
	return s.err
}

// slow is how often every hold is looked up.
func (s *server) slow() time.Duration {
	return max(slowPace, time.Duration(len(s.holds))*perHold)
}

// fast tells whether any hold is looked up at the fast pace.
func (s *server) fast() bool {
	t := s.now()
	for _, w := range s.holds {
		if w.fastUntil > t {
			return true
		}
	}
	return false
}

// look takes one look at the holds that are due.
func (s *server) look(all bool) {
	var unowned []*watched
	for id, w := range s.holds {
		if !all && w.fastUntil <= s.now() {
			continue
		}
		if s.lookAt(w) {
			delete(s.holds, id)
			continue
		}
		if w.inode != 0 && w.owner.pid == 0 && w.nextTry <= s.now() {
			unowned = append(unowned, w)
		}
	}
	for _, p := range s.proven {
		unowned = append(unowned, p.w)
	}
	if len(unowned) > 0 {
		s.findOwners(unowned)
	}
	for _, p := range s.proven {
		e := p.w.event(p.t, record.HoldProven)
		e.HoldInfo = p.w.info(p.sock)
		s.emit(e)
	}
	s.proven = s.proven[:0]
}

// justProven is a hold whose owner is still to be found: for all of one look together, since
// each search reads the descriptors of every process.
type justProven struct {
	w    *watched
	t    int64
	sock Socket
}

// lookAt looks one hold up, says what is new, and tells whether it is over.
func (s *server) lookAt(w *watched) (over bool) {
	lookup := s.diag.Lookup
	if !w.proven && w.Sent > 0 {
		lookup = s.diag.LookupReceived
	}
	sock, found, err := lookup(w.Peer, w.Local)
	t := s.now()
	if err != nil {
		s.fail(record.Event{Cell: w.Cell, Hold: w.Hold}, err)
		return true
	}
	news, detail := w.see(t, sock, found)
	switch news {
	case nowProven:
		s.proven = append(s.proven, justProven{w, t, sock})
	case nowFreed:
		// A socket that was reset, or ended in TIME-WAIT, has left the table although its process may hold it still.
		still := w.owner.pid != 0 && (!found || sock.State.String() == "TIME-WAIT") &&
			proc.Holds(s.root, proc.Owner{PID: w.owner.pid, FD: w.owner.fd}, w.inode)
		if still {
			w.lastT = t
			return false
		}
		e := w.event(t, record.WorkerFreed)
		e.Release = &record.Release{By: record.BySocketGone, Detail: detail}
		e.HoldInfo = w.info(sock)
		e.HoldInfo.SeenT = w.lastT
		e.Note = s.whatNow(w.owner)
		s.emit(e)
		return true
	}
	return false
}

// whatNow says what became of the thread that served a hold.
func (s *server) whatNow(o owner) string {
	if o.pid == 0 {
		return ""
	}
	call, err := proc.ReadSyscall(s.root, o.pid, o.tid)
	if errors.Is(err, errNoProcess) || errors.Is(err, unix.ESRCH) {
		return fmt.Sprintf("pid %d has ended", o.pid)
	}
	if err != nil {
		return fmt.Sprintf("pid %d lives", o.pid)
	}
	return fmt.Sprintf("pid %d lives, %s", o.pid, describe(call))
}

// command carries out one line.
func (s *server) command(line []byte) {
	c, err := ParseCommand(line)
	if err != nil {
		s.fail(record.Event{}, err)
		return
	}
	switch {
	case c.Watch != nil:
		s.holds[c.Watch.Hold] = &watched{Watch: *c.Watch}
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
	case c.Passive != nil:
		s.passive()
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

// emit writes one event; what it says is stamped now where it has no time.
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

// fail says that something could not be observed.
func (s *server) fail(e record.Event, err error) {
	if e.Kind == "" {
		e.Kind = record.Observed
	}
	e.Error = err.Error()
	s.emit(e)
}
