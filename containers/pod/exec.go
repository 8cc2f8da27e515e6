// Commands are executed with moby's raw client: testcontainers-go's Exec (v0.45) has no input, returns the output only when
// the command has ended, and waits for a daemon that the command left behind.

package pod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"stalemate/reports/record/wire"
)

const (
	// maxOutput bounds the output that ExecTarget returns, in bytes.
	maxOutput = 1 << 20
	// execPollEvery is the interval at which closeOnceEnded inspects a running command.
	execPollEvery = 500 * time.Millisecond
)

// Run executes a command of the helper program in one of stalemate's containers: see Runner. The error contains the command's
// stderr. When ctx ends, the command's input ends, and then the command.
func (p *Pod) Run(ctx context.Context, role Role, command wire.Command, in io.Reader, out io.Writer) error {
	return p.runAs(ctx, "", role, command, in, out)
}

// As is the pod as a Runner whose commands run as another user, without a capability.
func (p *Pod) As(uid, gid int) Runner { return userRunner{p, fmt.Sprintf("%d:%d", uid, gid)} }

// userRunner is a pod whose commands run as a user.
type userRunner struct {
	pod  *Pod
	user string
}

func (r userRunner) Run(ctx context.Context, role Role, command wire.Command, in io.Reader, out io.Writer) error {
	return r.pod.runAs(ctx, r.user, role, command, in, out)
}

func (p *Pod) runAs(ctx context.Context, user string, role Role, command wire.Command, in io.Reader, out io.Writer) error {
	if role == Inspector && p.inspectorWaits() {
		if _, err := p.conversationWith(ctx, role); err != nil {
			return err
		}
	}
	var stderr stderrBuffer
	exit, err := p.exec(ctx, role, user, append([]string{"/stalemate"}, command.Argv()...), in, out, &stderr)
	switch {
	case err != nil:
		return fmt.Errorf("%w %s", err, stderr.String())
	case exit != 0:
		return fmt.Errorf("exit status %d: %s", exit, stderr.String())
	}
	return nil
}

// ExecTarget executes a command in the target's container, such as the server's control program. It returns the exit status
// and the first MiB of the output.
func (p *Pod) ExecTarget(ctx context.Context, argv []string) (exit int, output string, err error) {
	return p.execIn(ctx, Target, argv)
}

func (p *Pod) execIn(ctx context.Context, role Role, argv []string) (exit int, output string, err error) {
	var out headBuffer
	exit, err = p.exec(ctx, role, "", argv, nil, &out, &out)
	if err != nil {
		err = fmt.Errorf("%s in the %s: %w", argv, role, err)
	}
	return exit, out.String(), err
}

// exec executes a command with its streams, as a user ("" is the container's). It returns when the command has ended, or ctx has.
func (p *Pod) exec(ctx context.Context, role Role, user string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	id := p.Names()[string(role)]
	if id == "" {
		return -1, errors.New("the pod has no such container")
	}
	created, attached, err := p.startExec(ctx, id, client.ExecCreateOptions{
		User: user, Cmd: argv, AttachStdin: stdin != nil, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return -1, err
	}
	defer attached.Close()
	stop := context.AfterFunc(ctx, attached.Close)
	defer stop()
	if stdin != nil {
		go func() {
			// This fails if the command ends before its input. The exit status then says why.
			_, _ = io.Copy(attached.Conn, stdin)
			_ = attached.CloseWrite()
		}()
	}
	copied := make(chan struct{})
	ended := p.closeOnceEnded(ctx, created, attached.Close, copied)
	_, err = stdcopy.StdCopy(stdout, stderr, attached.Reader)
	close(copied)
	if ctx.Err() != nil {
		return -1, context.Cause(ctx)
	}
	if err != nil && !<-ended {
		return -1, fmt.Errorf("read the output: %w", err)
	}
	return p.execStatus(ctx, created)
}

// startExec starts a command, within callWithin. It returns the exec's id and streams.
func (p *Pod) startExec(ctx context.Context, id string, options client.ExecCreateOptions) (string, client.ExecAttachResult, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin) // bounds the two requests only: the streams outlive it
	defer cancel()
	created, err := p.engine.Client().ExecCreate(ctx, id, options)
	if err != nil {
		return "", client.ExecAttachResult{}, err
	}
	attached, err := p.engine.Client().ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	return created.ID, attached, err
}

// closeOnceEnded closes the stream of a command that has ended, if the stream stays open. A daemon that the command left
// behind can keep it open, and so can an engine that lost the command together with its container. The result says whether
// closeOnceEnded closed it.
func (p *Pod) closeOnceEnded(ctx context.Context, id string, shut func(), copied <-chan struct{}) <-chan bool {
	ended := make(chan bool, 1)
	go func() {
		tick := time.NewTicker(execPollEvery)
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
			// The second look leaves time to read the command's last output.
			if err != nil || !got.Running {
				over++
			}
		}
		ended <- true
		shut()
	}()
	return ended
}
