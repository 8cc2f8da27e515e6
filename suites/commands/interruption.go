package commands

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interruption is a context that ends at the first signal. The run then removes its pods and draws its reports.
type interruption struct {
	context.Context
	again chan struct{} // closed at the second signal: the run must end now
	stop  func()
}

// interruptible is the interruption of a command. A signal that was ignored when the command began, as nohup does, stays so. The
// third signal ends the process, as if nothing listened. Output that nobody reads any more is an error of its write, and no end
// of the process: a report in a file is worth as much without a terminal.
func interruptible(parent context.Context) *interruption {
	ctx, cancel := context.WithCancelCause(parent)
	i := &interruption{Context: ctx, again: make(chan struct{})}
	ends := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(ends, s)
		}
	}
	// This stays to the end of the process, which says on standard error what went wrong.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	over := make(chan struct{})
	i.stop = sync.OnceFunc(func() {
		signal.Stop(ends)
		close(over)
		cancel(nil)
	})
	go i.listen(ends, over, cancel)
	return i
}

// listen counts the signals.
func (i *interruption) listen(ends <-chan os.Signal, over <-chan struct{}, cancel context.CancelCauseFunc) {
	select {
	case s := <-ends:
		cancel(fmt.Errorf("interrupted by %s", signalName(s)))
	case <-over:
		return
	}
	select {
	case <-ends:
		close(i.again)
		signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	case <-over:
	}
}

func signalName(s os.Signal) string {
	switch s {
	case os.Interrupt:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	}
	return s.String()
}
