//go:build linux

package localpod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The variables of the environment that make a test binary the server, see Main.
const (
	AddressVariable     = "LOCALPOD_ADDRESS"      // where it listens
	IdleTimeoutVariable = "LOCALPOD_IDLE_TIMEOUT" // of a keep-alive; none: no limit at all
	PIDFileVariable     = "LOCALPOD_PID_FILE"     // below the root; one that is there stops the start
)

// Refusal is what the server says when its pid file is there.
const Refusal = "the pid file is there: already running?"

// Main makes a test binary the server, where its environment asks for it: Go's own HTTP server, with the IdleTimeout of the
// environment as its only limit. Call it first in TestMain. It returns in a process that is to run tests. The server ends with
// its standard input.
func Main() {
	if os.Getenv(AddressVariable) == "" {
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // who started it is gone
	}()
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve() error {
	if name := os.Getenv(PIDFileVariable); name != "" {
		path := filepath.Join(os.Getenv(RootVariable), name)
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, os.ErrExist) {
			return errors.New(Refusal)
		}
		if err != nil {
			return err
		}
		defer os.Remove(path) // a clean stop removes it; who is killed leaves it
		if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "served") })} //nolint:gosec // its limits are what is tested
	if idle := os.Getenv(IdleTimeoutVariable); idle != "" {
		var err error
		if server.IdleTimeout, err = time.ParseDuration(idle); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	faults, err := faultsOf(os.Getenv)
	if err != nil {
		return err
	}
	faults.awaitListening()
	server.Handler = faults.handler(server.Handler)
	listener, err := net.Listen("tcp", os.Getenv(AddressVariable))
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		faults.awaitStopping()
		return server.Close()
	}
}
