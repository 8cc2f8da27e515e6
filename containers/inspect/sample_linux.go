package inspect

import (
	"errors"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// sample observes a thread at each of the given times.
func (s *server) sample(c SampleAt) {
	if c.TID == 0 {
		c.TID = c.PID
	}
	for _, at := range c.At {
		s.runAt(at, func() { s.sampleNow(c, at) })
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

// takeSample reads a thread's state without attaching. A system call that is hidden is left empty.
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
