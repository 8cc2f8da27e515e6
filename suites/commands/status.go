package commands

import (
	"errors"
	"fmt"
	"strings"

	"stalemate/reports/record"
)

// The exit statuses of every command, the first that applies.
const (
	ExitOK           = 0
	ExitFailed       = 1 // a check failed
	ExitUsage        = 2 // wrong usage or a bad target file
	ExitInconclusive = 3 // something was inconclusive, or nothing was tested
)

// Status is an error that carries an exit status.
type Status struct {
	Code int
	Err  error // nil: print no message
}

// Error is the text of the cause.
func (s *Status) Error() string {
	if s.Err == nil {
		return fmt.Sprintf("exit status %d", s.Code)
	}
	return s.Err.Error()
}

// Unwrap gives the cause.
func (s *Status) Unwrap() error { return s.Err }

// unstarted is the status of a run that did not begin. If another run uses the folder, that is wrong usage.
func unstarted(err error) error {
	if errors.Is(err, record.ErrInUse) {
		return &Status{Code: ExitUsage, Err: err}
	}
	return &Status{Code: ExitInconclusive, Err: fmt.Errorf("nothing was tested: %w", err)}
}

// concluded is the status of a run whose reports are drawn, given theirs. A failed check stays a failed check, whatever
// else went wrong.
func concluded(exit int, faults ...error) error {
	fault := errors.Join(faults...)
	if fault != nil && exit != ExitFailed {
		exit = ExitInconclusive
	}
	if exit == ExitOK {
		return nil
	}
	return &Status{Code: exit, Err: fault}
}

// commandLine is what was typed, quoted so that it can be pasted into a shell.
func commandLine(args []string) string {
	words := []string{"stalemate"}
	for _, arg := range args {
		words = append(words, record.ShellWord(arg))
	}
	return strings.Join(words, " ")
}
