package pod

import (
	"context"
	"errors"
	"fmt"
	"io"

	"stalemate/reports/record/wire"
)

// Runner executes a command of the helper program in a container of a pod. *Pod does it with the engine's exec. A test without
// an engine calls the command's code directly, with the same input and output.
type Runner interface {
	// Run connects in and out to the command's input and output. It returns when the command or ctx has ended. An exit status
	// other than 0 is an error. The command's input ends when in ends. A command with a nil in has no input.
	Run(ctx context.Context, role Role, command wire.Command, in io.Reader, out io.Writer) error
}

const (
	// maxAnswers bounds the answers of AskAll: a network namespace has 65535 ports for each of two address families.
	maxAnswers = 1 << 17
	// maxKept bounds the bytes of those answers: a listener has about 100.
	maxKept = 16 << 20
)

var (
	errNoAnswer     = errors.New("it ended without an answer")
	errSecondAnswer = errors.New("it answered more than once")
	errTooMuch      = errors.New("it answered too much")
)

// Ask sends one question to a command, and returns its only answer.
func Ask[Answer any](ctx context.Context, in Runner, role Role, command wire.Command, question any) (Answer, error) {
	var only Answer
	answered := false
	err := AskEach(ctx, in, role, command, question, func(answer Answer) error {
		if answered {
			return errSecondAnswer
		}
		only, answered = answer, true
		return nil
	})
	if err == nil && !answered {
		err = fmt.Errorf("%s: %w", describe(role, command), errNoAnswer)
	}
	return only, err
}

// AskAll sends one question to a command, and returns all answers. A nil question means no input.
func AskAll[Answer any](ctx context.Context, in Runner, role Role, command wire.Command, question any) ([]Answer, error) {
	var all []Answer
	err := AskEach(ctx, boundedRunner{in, maxKept}, role, command, question, func(answer Answer) error {
		if len(all) == maxAnswers {
			return fmt.Errorf("%w: more than %d answers", errTooMuch, maxAnswers)
		}
		all = append(all, answer)
		return nil
	})
	return all, err
}

// AskEach sends one question to a command, and calls hear with each answer as it arrives. It returns when the command has
// ended. If hear fails, AskEach ends the command. A nil question means no input.
func AskEach[Answer any](ctx context.Context, in Runner, role Role, command wire.Command, value any, hear func(Answer) error) error {
	input, err := questionLine(value)
	if err == nil {
		err = readAnswers(ctx, execTransport(in, role, command), input, hear)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", describe(role, command), err)
	}
	return nil
}

// execTransport is the transport to a command.
func execTransport(in Runner, role Role, command wire.Command) transport {
	return func(ctx context.Context, input io.Reader, out io.Writer) error {
		return in.Run(ctx, role, command, input, out)
	}
}

// describe names a command in an error.
func describe(role Role, command wire.Command) string {
	return fmt.Sprintf("%s in the %s", command, role)
}

// boundedRunner ends a command that writes more than most bytes.
type boundedRunner struct {
	Runner
	most int
}

func (a boundedRunner) Run(ctx context.Context, role Role, command wire.Command, in io.Reader, out io.Writer) error {
	return a.Runner.Run(ctx, role, command, in, &boundedWriter{out, a.most})
}

type boundedWriter struct {
	io.Writer
	left int
}

func (w *boundedWriter) Write(data []byte) (int, error) {
	if w.left -= len(data); w.left < 0 {
		return 0, errTooMuch
	}
	return w.Writer.Write(data)
}
