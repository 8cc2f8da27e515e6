package autopsy

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

// ErrNoHandler means that SIGALRM has no handler, so SA_RESTART has no effect.
var ErrNoHandler = errors.New("SIGALRM has no handler")

// ForceRestart sets SA_RESTART on SIGALRM's action in a live process, as mod_perl 1.26 did in Apache's children. The rest of the
// action stays. It returns what it did, for the record. A program that installs its handler before each alarm undoes it.
func ForceRestart(ctx context.Context, pid int) (string, error) {
	if err := mayInjectCalls(proc.Root, pid); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, attachWithin)
	defer cancel()
	var before, after sigaction
	err := withStoppedThread(ctx, pid, pid, func(t *tracee) (err error) {
		if before, err = t.action(ctx, unix.SIGALRM); err != nil {
			return err
		}
		if before.handler <= 1 {
			return ErrNoHandler
		}
		with := before
		with.flags |= saRestart
		if err := t.setAction(ctx, unix.SIGALRM, with); err != nil {
			return err
		}
		if after, err = t.action(ctx, unix.SIGALRM); err == nil && after != with {
			err = fmt.Errorf("the action is %+v after it was set to %+v", after, with)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("force SA_RESTART on SIGALRM in process %d: %w", pid, err)
	}
	return fmt.Sprintf("SA_RESTART set on SIGALRM of process %d by ptrace: flags %#x, before %#x; handler %s",
		pid, after.flags, before.flags, nameAddress(pid, before.handler)), nil
}
