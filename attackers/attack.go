package attackers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// reachingAtOnce is how many holds may be on their way to a stage at the same time. More
// would fill the server's listen queue, and each handshake would wait for the others.
const reachingAtOnce = 512

// command is one line of input after the plan. It has exactly one of the fields.
type command struct {
	Release string      `json:"release,omitempty"` // close the hold with this id
	Holds   []wire.Hold `json:"holds,omitempty"`   // more holds; StartAfter counts from this line
}

// attack is one run of Attack.
type attack struct {
	plan     wire.Plan
	out      *eventWriter
	slots    chan struct{}
	working  sync.WaitGroup
	stopping context.Context

	mu      sync.Mutex
	clients map[string]*client
}

// Attack reads a Plan as one JSON value, then commands, and writes record.Event lines. It
// opens the holds and watches each until the server releases it or its Watch is over.
// Sockets stay open until a command or the end of the input closes them. Attack returns
// at the end of the input.
//
// An error means that the input is wrong, that this machine cannot carry out the plan, or
// that the events could not be written. What happens to a hold is an event.
func Attack(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	var plan wire.Plan
	if err := decoder.Decode(&plan); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	a := &attack{
		plan:     plan,
		out:      newEventWriter(out),
		slots:    make(chan struct{}, reachingAtOnce),
		stopping: ctx,
		clients:  make(map[string]*client, len(plan.Holds)),
	}
	err := a.serve(decoder)
	cancel()
	a.closeAll()
	a.working.Wait()
	return errors.Join(err, a.out.close())
}

// serve opens the plan's holds and carries out commands until the input ends.
func (a *attack) serve(decoder *json.Decoder) error {
	holds := a.plan.Holds
	a.plan.Holds = nil // each client has its copy
	if err := a.open(holds); err != nil {
		return err
	}
	commands := make(chan command)
	failed := make(chan error, 1)
	go func() { failed <- readCommands(a.stopping, decoder, commands) }()
	for {
		select {
		case <-a.stopping.Done():
			return nil
		case err := <-failed:
			return err
		case cmd := <-commands:
			if err := a.carryOut(cmd); err != nil {
				return err
			}
		}
	}
}

// readCommands reads until the input ends. That is no error.
func readCommands(ctx context.Context, decoder *json.Decoder, commands chan<- command) error {
	for {
		var cmd command
		if err := decoder.Decode(&cmd); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a command: %w", err)
		}
		select {
		case commands <- cmd:
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *attack) carryOut(cmd command) error {
	switch {
	case len(cmd.Holds) > 0:
		return a.open(cmd.Holds)
	case cmd.Release == "":
		return errors.New("a command with neither release nor holds")
	}
	a.mu.Lock()
	c := a.clients[cmd.Release]
	delete(a.clients, cmd.Release)
	a.mu.Unlock()
	if c == nil {
		return fmt.Errorf("release %q: no such hold", cmd.Release)
	}
	if c.close() {
		c.emit(record.Event{T: record.Now(), Kind: record.Observed, Note: "closed by the attacker"})
	}
	return nil
}

// open checks the holds and starts each at its time.
func (a *attack) open(holds []wire.Hold) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := needFiles(len(a.clients) + len(holds)); err != nil {
		return err
	}
	clients := make([]*client, 0, len(holds))
	type described struct { // two listeners may have conversations of the same name
		name   string
		unread bool
	}
	byName := map[described]*stage{} // ten thousand holds share a few
	for _, h := range holds {
		if err := checkHold(h); err != nil {
			return err
		}
		if _, twice := a.clients[h.ID]; twice {
			return fmt.Errorf("hold %s: the id is taken", h.ID)
		}
		name := described{h.Stage, h.Unread}
		if byName[name] == nil {
			s := stageOf(h)
			byName[name] = &s
		}
		c := &client{hold: h, stage: byName[name]}
		c.emit = a.emitter(&c.hold)
		c.free = func() {}
		a.clients[h.ID] = c
		clients = append(clients, c)
	}
	a.launch(clients)
	return nil
}

// emitter fills in the fields that all events of a hold have.
func (a *attack) emitter(h *wire.Hold) func(record.Event) {
	return func(e record.Event) {
		e.Run, e.Target, e.Pod = a.plan.Run, a.plan.Target, a.plan.Pod
		e.Cell, e.Hold = h.Cell, h.ID
		a.out.add(e)
	}
}

func (a *attack) closeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.clients {
		c.close()
	}
}
