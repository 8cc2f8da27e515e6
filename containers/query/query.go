//go:build linux

// Package query holds the questions that the harness asks the inspector and the witness of a pod, and the answers.
//
// A question is one JSON line on the container's input: about a process (package pid) or about leftovers (package
// leftover). Each gets one answer, a JSON line on its output. The PID holder does not use Serve: it answers the questions
// of package pid alone with pid.ServeHolder, since its process must not take a PID.
package query

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"stalemate/containers/leftover"
	"stalemate/containers/pid"
	"stalemate/reports/record"
)

// Request is one question. Exactly one of its fields is set. Only the PID holder answers Advance and Watch. Only Serve
// answers Leftovers.
type Request struct {
	pid.Request
	Leftovers *LeftoversRequest `json:"leftovers,omitempty"`
}

// LeftoversRequest asks for leftover.Request.Do.
type LeftoversRequest struct {
	Verb leftover.Verb `json:"verb"`
	leftover.Request
}

// Answer is the answer to one question. Where Error is set, the other fields tell what was done before the failure.
type Answer struct {
	pid.Answer
	Leftovers []record.Leftover `json:"leftovers,omitempty"`
}

// maxRequest bounds one question, in bytes. Files to plant are part of it.
const maxRequest = 1 << 20

// Serve is the main process of the inspector's and of the witness's container. It first writes the last PID of its
// namespace. Then it answers one question a line, until in ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	at, err := pid.LastPID()
	if err != nil {
		return err
	}
	if err := answers.Encode(Answer{Answer: pid.Answer{Cursor: at}}); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRequest)
	for lines.Scan() {
		var ask Request
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			return fmt.Errorf("read a request: not JSON: %w", err)
		}
		if err := answers.Encode(answer(ctx, ask)); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read a request: %w", err)
	}
	return nil
}

func answer(ctx context.Context, ask Request) Answer {
	var reply Answer
	var err error
	switch {
	case ask.Stat > 0:
		reply.Answer, err = pid.AnswerStat(ask.Stat)
	case ask.Kill > 0:
		err = pid.Kill(ask.Kill)
	case ask.Leftovers != nil:
		reply.Leftovers, err = ask.Leftovers.Do(ctx, ask.Leftovers.Verb)
	default:
		err = errors.New("the request is empty, or only the holder answers it")
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}
