//go:build linux

package localpod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// process is one incarnation of the server.
type process struct {
	cmd     *exec.Cmd
	output  output
	started time.Time
	ended   chan struct{} // closed when it was waited for
}

// Up starts the server. The PID that it gets is the kernel's choice, whatever the options ask for.
func (p *Pod) Up(_ context.Context, _ pod.UpOptions) (record.Incarnation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.down {
		return record.Incarnation{}, fmt.Errorf("pod %s: %w", p.name, pod.ErrUp)
	}
	l := &process{cmd: exec.Command(p.argv[0], p.argv[1:]...), started: time.Now(), ended: make(chan struct{})}
	l.cmd.Env = append(append(os.Environ(), p.env...), RootVariable+"="+p.root)
	l.cmd.Stdout, l.cmd.Stderr = &l.output, &l.output
	// Its end tells the server that the test is gone.
	if _, err := l.cmd.StdinPipe(); err != nil {
		return record.Incarnation{}, fmt.Errorf("pod %s: start the server: %w", p.name, err)
	}
	var handle int
	l.cmd.SysProcAttr = &syscall.SysProcAttr{PidFD: &handle}
	if err := l.cmd.Start(); err != nil {
		return record.Incarnation{}, fmt.Errorf("pod %s: start the server: %w", p.name, err)
	}
	began := record.Now()
	// Until it is waited for, a server that ended at once can still be read.
	stat, err := readStat(l.cmd.Process.Pid)
	go l.wait(handle)
	if err != nil {
		return record.Incarnation{}, fmt.Errorf("pod %s: read the server's process: %w", p.name, err)
	}
	p.now, p.down = l, false
	p.incarnation = record.Incarnation{Number: p.incarnation.Number + 1, PID: stat.PID, StartTime: stat.StartTime, Began: began}
	p.tell(record.IncarnationStarted)
	return p.incarnation, nil
}

// wait waits for the end of the process and only then for its status: the inspector is in the process that started it, and a
// wait for the status would take the stops that the inspector waits for.
func (l *process) wait(handle int) {
	defer close(l.ended)
	poll := []unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(poll, -1); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = unix.Close(handle)
	_ = l.cmd.Wait() // ProcessState says how it ended
}

// tell writes an event about the incarnation, for who holds the lock.
func (p *Pod) tell(kind record.Kind) {
	now := p.incarnation
	p.emit(record.Event{T: record.Now(), Kind: kind, Incarnation: &now})
}

// present is the present incarnation, or the last.
func (p *Pod) present() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Incarnation is the present one, or the last.
func (p *Pod) Incarnation() record.Incarnation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.incarnation
}

// Kill kills the server.
func (p *Pod) Kill(ctx context.Context) error {
	exit, err := p.end(ctx, syscall.SIGKILL)
	if err != nil {
		return fmt.Errorf("kill pod %s: %w", p.name, err)
	}
	how := pod.Exited
	if exit == exitOf(syscall.SIGKILL) {
		how = pod.Killed
	}
	p.over(how, exit)
	return nil
}

// Stop ends the server with SIGTERM.
func (p *Pod) Stop(ctx context.Context, _ string, within time.Duration) (int, error) {
	stopping, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	exit, err := p.end(stopping, syscall.SIGTERM)
	if err != nil && stopping.Err() != nil && ctx.Err() == nil {
		return -1, fmt.Errorf("%w %v after SIGTERM", pod.ErrStillRuns, within)
	}
	if err != nil {
		return -1, fmt.Errorf("stop pod %s: %w", p.name, err)
	}
	p.over(pod.Stopped, exit)
	return exit, nil
}

// end sends a signal to the server and waits for its end.
func (p *Pod) end(ctx context.Context, signal syscall.Signal) (exit int, err error) {
	l := p.present()
	if l == nil {
		return 0, nil
	}
	if err := l.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return -1, err
	}
	select {
	case <-l.ended:
		return l.exit(), nil
	case <-ctx.Done():
		return -1, ctx.Err()
	}
}

// over notes how an incarnation ended, once.
func (p *Pod) over(how string, exit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return
	}
	p.down = true
	p.incarnation.How, p.incarnation.Exit = how, exit
	p.tell(record.IncarnationEnded)
}

// Close kills the server.
func (p *Pod) Close(ctx context.Context) error { return p.Kill(ctx) }

// Fresh empties the tmpfs mounts. The server has no layer.
func (p *Pod) Fresh(context.Context) error {
	for _, mount := range p.tmpfs {
		if err := errors.Join(os.RemoveAll(mount), os.MkdirAll(mount, 0o755)); err != nil {
			return fmt.Errorf("pod %s: empty %s: %w", p.name, mount, err)
		}
	}
	return nil
}

// State says whether the server runs; if not, its exit status; and when it was started.
func (p *Pod) State(context.Context) (running bool, exit int, startedAt time.Time, err error) {
	l := p.present()
	if l == nil {
		return false, 0, time.Time{}, nil
	}
	select {
	case <-l.ended:
		return false, l.exit(), l.started, nil
	default:
		return true, 0, l.started, nil
	}
}

// End says once when the server does not run.
func (p *Pod) End(ctx context.Context) <-chan error {
	end, l := make(chan error, 1), p.present()
	go func() {
		select {
		case <-l.ended:
			end <- nil
		case <-ctx.Done():
			end <- ctx.Err()
		}
	}()
	return end
}

// Logs is what the present incarnation wrote to its output and error.
func (p *Pod) Logs(context.Context) (string, error) {
	l := p.present()
	if l == nil {
		return "", nil
	}
	return l.output.String(), nil
}

// exit is the status of one that has ended, as the engine gives it: 128 and the signal where one ended it.
func (l *process) exit() int {
	if status, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitOf(status.Signal())
	}
	return l.cmd.ProcessState.ExitCode()
}

func exitOf(signal syscall.Signal) int { return 128 + int(signal) }

// output is written by a process and read meanwhile.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// OutOfMemory is false: no container bounds the server.
func (p *Pod) OutOfMemory(context.Context) (bool, error) { return false, nil }
