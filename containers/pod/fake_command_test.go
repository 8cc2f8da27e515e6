package pod

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"stalemate/reports/record/wire"
)

// command is a Runner without an engine: a function in place of the command.
type command func(ctx context.Context, in io.Reader, out io.Writer) error

func (c command) Run(ctx context.Context, _ Role, _ wire.Command, in io.Reader, out io.Writer) error {
	return c(ctx, in, out)
}

// writes is a command that writes text and returns end.
func writes(text string, end error) command {
	return func(_ context.Context, _ io.Reader, out io.Writer) error {
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
		return end
	}
}

// number is a question, and its answer.
type number struct {
	N int `json:"n"`
}

// echo calls before with each number, and answers with that number.
func echo(before func(n int)) command {
	return func(_ context.Context, in io.Reader, out io.Writer) error {
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var asked number
			if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
				return err
			}
			before(asked.N)
			if _, err := fmt.Fprintf(out, "{\"n\":%d}\n", asked.N); err != nil {
				return err
			}
		}
		return nil
	}
}

func nothing(int) {}

// errStatus is the error of a command that fails.
var errStatus = errors.New("exit status 2: no such plan")
