package pod

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/keeper"
	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// Leftovers has the Inspector or the Witness list, plant or remove objects. What was seen, planted or removed is
// returned even where something failed. A request that has begun is not ended with ctx, but at its deadline, within 30 s where it has none.
func (p *Pod) Leftovers(ctx context.Context, role Role, verb leftover.Verb, r leftover.Request) ([]record.Leftover, error) {
	answer, err := p.question(ctx, role, keeper.Ask{Leftovers: &keeper.AskLeftovers{Verb: verb, Request: r}})
	if err != nil {
		return answer.Leftovers, fmt.Errorf("pod %s: %s leftovers: %w", p.spec.Name, verb, err)
	}
	return answer.Leftovers, nil
}

// question asks a container that answers, and starts one that does not converse any more. The end of ctx would end the
// conversation and its container, which others count on; so a question is only kept from being asked by it.
func (p *Pod) question(ctx context.Context, role Role, ask keeper.Ask) (keeper.Answer, error) {
	within, cancel, err := toTheDeadline(ctx)
	if err != nil {
		return keeper.Answer{}, err
	}
	defer cancel()
	talk, err := p.partner(within, role)
	if err != nil {
		return keeper.Answer{}, err
	}
	return talk.say(within, ask)
}

// toTheDeadline is toTheEnd for a call that has a deadline of its own.
func toTheDeadline(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(callWithin)
	}
	within, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	return within, cancel, nil
}

// partner is the conversation with a role. The witness is started again where it has ended, and so is an inspector that is
// there when asked.
func (p *Pod) partner(ctx context.Context, role Role) (*conversation, error) {
	container := role
	if role == Holder {
		container = p.pidRole() // which may be the sandbox
	}
	p.mu.Lock()
	talk, id := p.talks[role], p.ids[container]
	p.mu.Unlock()
	switch {
	case id == "":
		return nil, fmt.Errorf("there is no %s", role)
	case talk != nil && !talk.over.Load():
		return talk, nil
	case role == Witness, role == Inspector && p.inspectorWaits():
		return p.called(ctx, role)
	case talk == nil:
		return nil, fmt.Errorf("no incarnation is up, and so no %s", role)
	}
	return talk, nil
}

// inspectorWaits says whether the inspector is started when something is asked of it.
func (p *Pod) inspectorWaits() bool {
	return p.spec.Inspector == WhenAsked && p.pidRole() == Holder
}

// called starts a container because something is asked of it. What the witness sees outlives it.
func (p *Pod) called(ctx context.Context, role Role) (*conversation, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	p.mu.Lock()
	talk, begun, up := p.talks[role], p.begun[role], p.talks[Holder] != nil
	p.mu.Unlock()
	switch {
	case talk != nil && !talk.over.Load():
		return talk, nil // another question has called it
	case role == Inspector && !up:
		return nil, fmt.Errorf("no incarnation is up, and so no %s", role)
	}
	if begun {
		if err := p.gone(ctx, role); err != nil {
			return nil, err
		}
	}
	talk, _, err := p.converse(ctx, role)
	if err != nil {
		return nil, err
	}
	p.keep(role, talk)
	return talk, nil
}
