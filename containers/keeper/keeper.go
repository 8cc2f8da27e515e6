//go:build linux

// Package keeper is what the containers of a pod that live beside the target are asked over their input, and how
// they answer: of processes by package pid, of leftovers by package leftover. The holder of the PID namespace is not
// served by it: pid.Keep is all that the holder is, since nothing of it may take a PID.
package keeper

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

// Ask is one request: exactly one of its parts is set. What moves the cursor of PIDs only the holder answers, what is about
// leftovers only Look.
type Ask struct {
	pid.Ask
	Leftovers *AskLeftovers `json:"leftovers,omitempty"`
}

// AskLeftovers is leftover.Request.Do as a request.
type AskLeftovers struct {
	Verb leftover.Verb `json:"verb"`
	leftover.Request
}

// Answer is what is said to a request. With an Error it may hold what was done before it.
type Answer struct {
	pid.Answer
	Leftovers []record.Leftover `json:"leftovers,omitempty"`
}

// maxAsk bounds a request, in bytes: what is planted is in it.
const maxAsk = 1 << 20

// Look is the main process of a container that looks into a pod: it first says where the cursor of PIDs stands, then
// answers one request a line until its input ends.
func Look(ctx context.Context, in io.Reader, out io.Writer) error {
	answers := json.NewEncoder(out)
	at, err := pid.Cursor()
	if err != nil {
		return err
	}
	if err := answers.Encode(Answer{Answer: pid.Answer{Cursor: at}}); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxAsk)
	for lines.Scan() {
		var ask Ask
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			return fmt.Errorf("a request that is not JSON: %w", err)
		}
		if err := answers.Encode(answer(ctx, ask)); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read a request: %w", err)
	}
	return nil
}

func answer(ctx context.Context, ask Ask) Answer {
	var reply Answer
	var err error
	switch {
	case ask.Stat > 0:
		reply.Answer, err = pid.Tell(ask.Stat)
	case ask.Leftovers != nil:
		reply.Leftovers, err = ask.Leftovers.Do(ctx, ask.Leftovers.Verb)
	default:
		err = errors.New("a request that only the holder answers, or an empty one")
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}
