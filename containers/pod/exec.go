package pod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

const (
	// maxLine bounds a line of output; the longest event is some kilobytes.
	maxLine = 16 << 20
	// maxOutput bounds what ExecTarget keeps.
	maxOutput = 1 << 20
	// exitWithin bounds the time from the end of a command's output to its exit status.
	exitWithin = 10 * time.Second
	// lookAtExec is the time between two looks at a running command.
	lookAtExec = 500 * time.Millisecond
)

// Exec runs a command in a container of the pod and hands each line of its output to
// line, without the newline. In containers of ours argv are the arguments of the
// stalemate command, in others a whole command line. The input is stdin, whose
// end is passed on; nil is none. What the command says on its standard error is in
// the error, which a command of ours gets for every status but 0. When ctx ends or line fails, the command's
// input ends, which ends commands of ours.
func (p *Pod) Exec(ctx context.Context, role Role, argv []string, stdin io.Reader, line func([]byte) error) (int, error) {
	if role == Inspector && p.inspectorWaits() {
		if _, err := p.partner(ctx, role); err != nil {
			return -1, fmt.Errorf("%s in the %s: %w", argv, role, err)
		}
	}
	if role.ours() {
		argv = append([]string{"/stalemate"}, argv...)
	}
	reader, writer := io.Pipe()
	lines := make(chan error, 1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		err := eachLine(reader, line)
		_ = reader.CloseWithError(err)
		if err != nil {
			cancel(err)
		}
		lines <- err
	}()
	var stderr lockedBuffer
	exit, err := p.exec(ctx, role, argv, stdin, writer, &stderr)
	_ = writer.Close()
	if lineErr := <-lines; lineErr != nil {
		return exit, fmt.Errorf("%s in the %s: %w", argv, role, lineErr)
	}
	if err != nil {
		return exit, fmt.Errorf("%s in the %s: %w %s", argv, role, err, stderr.String())
	}
	if exit != 0 && role.ours() {
		return exit, fmt.Errorf("%s in the %s: exit status %d: %s", argv, role, exit, stderr.String())
	}
	return exit, nil
}

// ExecTarget runs a command inside the target's container, such as a server's own control program,
// and gives its exit status and the first MiB of its output.
func (p *Pod) ExecTarget(ctx context.Context, argv []string) (exit int, output string, err error) {
	var out limited
	exit, err = p.exec(ctx, Target, argv, nil, &out, &out)
	if err != nil {
		err = fmt.Errorf("%s in the target: %w", argv, err)
	}
	return exit, out.String(), err
}

// exec is one hijacked exec of the engine.
func (p *Pod) exec(ctx context.Context, role Role, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	id := p.Names()[string(role)]
	if id == "" {
		return -1, errors.New("the pod has no such container")
	}
	created, attached, err := p.beginExec(ctx, id, client.ExecCreateOptions{
		Cmd: argv, AttachStdin: stdin != nil, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return -1, err
	}
	defer attached.Close()
	stop := context.AfterFunc(ctx, attached.Close)
	defer stop()
	if stdin != nil {
		go func() {
			// A command that ends before its input does makes this fail, which the status tells.
			_, _ = io.Copy(attached.Conn, stdin)
			_ = attached.CloseWrite()
		}()
	}
	copied := make(chan struct{})
	ended := p.closeAfterEnd(ctx, created, attached.Close, copied)
	_, err = stdcopy.StdCopy(stdout, stderr, attached.Reader)
	close(copied)
	if ctx.Err() != nil {
		return -1, context.Cause(ctx)
	}
	if err != nil && !<-ended {
		return -1, fmt.Errorf("read the output: %w", err)
	}
	return p.exit(ctx, created)
}

// beginExec begins a command, and gives its id and its streams. An engine that does not take it in time is not waited for.
func (p *Pod) beginExec(ctx context.Context, id string, options client.ExecCreateOptions) (string, client.ExecAttachResult, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin) // the client lets go of it when the streams are there
	defer cancel()
	created, err := p.engine.Client().ExecCreate(ctx, id, options)
	if err != nil {
		return "", client.ExecAttachResult{}, err
	}
	attached, err := p.engine.Client().ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	return created.ID, attached, err
}

// closeAfterEnd closes a stream whose command has ended and that somebody else holds open: a daemon that the
// command left behind, or an engine that lost it together with its container. The result says whether it did.
func (p *Pod) closeAfterEnd(ctx context.Context, id string, shut func(), copied <-chan struct{}) <-chan bool {
	ended := make(chan bool, 1)
	go func() {
		tick := time.NewTicker(lookAtExec)
		defer tick.Stop()
		for over := 0; over < 2; {
			select {
			case <-copied:
				ended <- false
				return
			case <-tick.C:
			}
			asking, cancel := context.WithTimeout(ctx, callWithin)
			got, err := p.engine.Client().ExecInspect(asking, id, client.ExecInspectOptions{})
			cancel()
			// The second look leaves time for what the command wrote last.
			if err != nil || !got.Running {
				over++
			}
		}
		ended <- true
		shut()
	}()
	return ended
}

// exit is the status of an exec whose output has ended.
func (p *Pod) exit(ctx context.Context, id string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, exitWithin)
	defer cancel()
	status := -1
	err := poll(ctx, func() (bool, error) {
		got, err := p.engine.Client().ExecInspect(ctx, id, client.ExecInspectOptions{})
		if err != nil {
			return false, err
		}
		status = got.ExitCode
		return !got.Running, nil
	})
	if cerrdefs.IsNotFound(err) {
		// The engine forgets a command together with its container, which the command may have ended: a reload
		// that kills its server. Its events remember.
		return p.remembered(ctx, id)
	}
	if err != nil {
		return -1, fmt.Errorf("learn the exit status: %w", err)
	}
	return status, nil
}

// rememberedFor is how far the engine's events are looked back through.
const rememberedFor = 2 * time.Minute

// ErrTakenAlong says that a command was ended together with its container, before it could say its own status.
var ErrTakenAlong = errors.New("the command was ended with its container")

// What the engine writes for such a command (Engine 20.10: the first where it lost sight of it).
const (
	lostWith   = 127
	killedWith = exitKilled
)

// remembered is the exit status of a command as the engine's events tell it.
func (p *Pod) remembered(ctx context.Context, id string) (int, error) {
	now := time.Now()
	events := p.engine.Client().Events(ctx, client.EventsListOptions{
		Since: strconv.FormatInt(now.Add(-rememberedFor).Unix(), 10), Until: strconv.FormatInt(now.Add(time.Second).Unix(), 10),
		Filters: make(client.Filters).Add("type", "container").Add("event", "exec_die"),
	})
	for {
		select {
		case e := <-events.Messages:
			if e.Actor.Attributes["execID"] != id {
				continue
			}
			exit, err := strconv.Atoi(e.Actor.Attributes["exitCode"])
			if err == nil && (exit == lostWith || exit == killedWith) {
				return -1, ErrTakenAlong
			}
			return exit, err
		case err := <-events.Err:
			return -1, fmt.Errorf("learn the exit status of a command whose container has ended: %w", err)
		}
	}
}
