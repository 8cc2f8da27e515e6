package startup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stalemate/containers/pod"
)

// Command runs a command in the target. exit is nil where the server's end took the command along.
func (s *scenario) Command(ctx context.Context, argv []string) (exit *int, err error) {
	status, output, err := s.pod.ExecTarget(ctx, argv)
	ended := "no exit status: the command ended with the server"
	switch {
	case err == nil:
		exit, ended = &status, fmt.Sprintf("exit status %d", status)
	case !errors.Is(err, pod.ErrTakenAlong):
		return nil, err
	}
	if output = strings.TrimSpace(output); output != "" {
		ended += fmt.Sprintf(", output %.200q", output)
	}
	s.Say("ran %q: %s", argv, ended)
	return exit, nil
}

// ReloadCommand is that of leftovers.
func (s *scenario) ReloadCommand() []string { return s.leftovers().Reload }
