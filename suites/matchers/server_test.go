package matchers_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers"
	"stalemate/suites/matchers"
)

// server is one that comes to a state whatever is done to it.
type server struct {
	containers.State
	left   []containers.Leftover
	killed *int
	fails  error
}

func (server) String() string { return "shop" }
func (server) PID() int       { return 301 }

func (s server) Kill(context.Context) error {
	*s.killed++
	return nil
}

func (s server) StartWithPID(_ context.Context, pid int) (containers.State, error) {
	s.State.PID = pid
	return s.State, s.fails
}

func (s server) Leftovers(context.Context) ([]containers.Leftover, error) { return s.left, s.fails }

// asked is a server that tells its state, which a field of the same name would hide.
type asked struct{ server }

func (a asked) State(context.Context) (containers.State, error) { return a.server.State, a.fails }

var (
	serving = containers.State{Server: "shop", PID: 301, Alive: true, Answers: []containers.Answer{{Listener: "web", OK: true}}}
	refused = containers.State{Server: "shop", PID: 301, ExitStatus: 1, Logs: "AH01757: first\nAH01762: then\n",
		Answers: []containers.Answer{{Listener: "web", Class: "refused", Detail: "connection refused"}}}
	degraded = containers.State{Server: "shop", PID: 301, Alive: true,
		Answers: []containers.Answer{{Listener: "web", OK: true}, {Listener: "tls", Class: "timeout", Detail: "no answer"}}}
	errEngine = errors.New("the engine does not answer")
)

func TestServe(t *testing.T) {
	g := NewWithT(t)
	expect(g, matchers.Serve(), asked{server{State: serving}}, yes, "not to serve", "everything is served")
	expect(g, matchers.Serve(), asked{server{State: degraded}}, no, "the server shop", "\nto serve", "degraded", "tls: no answer", "expected starts")
	expect(g, matchers.Serve(), refused, no, "refuses", "exit status 1", "connection refused")
	expect(g, matchers.Serve(), asked{server{fails: errEngine}}, unknown, "the server shop", "the engine does not answer")
	expect(g, matchers.Serve(), "text", unknown, "a *containers.Server is wanted")
}

func TestStartAgain(t *testing.T) {
	g := NewWithT(t)
	kills := 0
	expect(g, matchers.StartAgain(), server{State: serving, killed: &kills}, yes, "not to start again", "with PID 301")
	g.Expect(kills).To(Equal(1))
	expect(g, matchers.StartAgain(), server{State: refused, killed: &kills}, no, "\nto start again", "refuses", "exit status 1", "expected starts")
	expect(g, matchers.StartAgain(), serving, yes, "not to start again")
	expect(g, matchers.StartAgain(), server{killed: &kills, fails: errEngine}, unknown, "the engine does not answer")
	expect(g, matchers.StartAgain(), 7, unknown, "a *containers.Server is wanted")
}

func TestRefuseToStart(t *testing.T) {
	g := NewWithT(t)
	kills := 0
	expect(g, matchers.RefuseToStart(), server{State: refused, killed: &kills}, yes, "not to refuse to start", "exit status 1")
	expect(g, matchers.RefuseToStart("AH01757", "AH01762"), refused, yes, "AH01757")
	expect(g, matchers.RefuseToStart("AH01762", "AH01757"), refused, no, `its log does not say "AH01757"`, "AH01762: then")
	expect(g, matchers.RefuseToStart(), serving, no, "\nto refuse to start", "starts (everything is served)", "expected refuses")
	expect(g, matchers.RefuseToStart(), degraded, no, "degraded")
}

func TestLeave(t *testing.T) {
	g := NewWithT(t)
	left := []containers.Leftover{{Kind: "posix-shm", Name: "/dev/shm/ShM.1H2"}, {Kind: "pid-file", Name: "/run/shop.pid"}}
	expect(g, matchers.Leave("posix-shm ShM.*"), server{left: left}, yes, "not to leave", "it left posix-shm /dev/shm/ShM.1H2, pid-file /run/shop.pid")
	expect(g, matchers.Leave("*.sock"), server{left: left}, no, "the server shop", `to leave "*.sock" behind`, "it left posix-shm")
	expect(g, matchers.Leave("shop.pid"), left, yes)
	expect(g, matchers.Leave("shop.pid"), []containers.Leftover{}, no, "it left nothing")
	expect(g, matchers.Leave("shop.pid"), server{fails: errEngine}, unknown, "the engine does not answer")
	expect(g, matchers.Leave("shop.pid"), nil, unknown, "is wanted")
}
