package inspect

import (
	"errors"
	"time"

	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

// sample looks at a thread at each of the times asked for.
func (s *server) sample(c SampleAt) {
	if c.TID == 0 {
		c.TID = c.PID
	}
	for _, at := range c.At {
		s.after(at, func() { s.sampleNow(c, at) })
	}
}

func (s *server) sampleNow(c SampleAt, at int64) {
	e := record.Event{Kind: record.Observed, Hold: c.Hold, T: s.now()}
	look, err := takeSample(s.root, c.PID, c.TID)
	if err != nil {
		s.fail(e, err)
		return
	}
	look.At = at
	e.Sample = &look
	s.emit(e)
}

// after runs do in the server's own goroutine at a time of CLOCK_MONOTONIC, or at once where it has passed.
func (s *server) after(at int64, do func()) {
	wait := max(0, time.Duration(at-s.now()))
	time.AfterFunc(wait, func() { s.hand(do) })
}

// hand passes work to the server's own goroutine.
func (s *server) hand(do func()) {
	select {
	case s.later <- do:
	case <-s.ctx.Done():
	}
}

// takeSample looks at a thread without attaching. A system call that is hidden from us is left empty.
func takeSample(root string, pid, tid int) (record.Sample, error) {
	st, err := proc.ReadStatus(root, pid, tid)
	if err != nil {
		return record.Sample{}, err
	}
	look := record.Sample{
		PID: pid, TID: tid, State: string(st.State), Voluntary: st.Voluntary, Involuntary: st.Involuntary,
		Caught: st.Caught.String(), Blocked: st.Blocked.String(), Ignored: st.Ignored.String(),
		Pending: st.Pending.String(), Shared: st.Shared.String(), Wchan: proc.Wchan(root, pid, tid),
	}
	call, err := proc.ReadSyscall(root, pid, tid)
	if errors.Is(err, errNoProcess) {
		return record.Sample{}, err
	}
	if err == nil {
		look.Syscall = call.Name()
		if fd, ok := call.FD(); ok {
			look.FD = fd
		}
	}
	return look, nil
}
