package pod

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/query"
)

// askContainer sends a question to the container of a role, and starts the container if needed. The cancellation of ctx keeps
// a question from being sent. Afterwards it has no effect, because it would end the conversation and so the container, which
// other callers need.
func (p *Pod) askContainer(ctx context.Context, role Role, ask query.Request) (query.Answer, error) {
	within, cancel, err := untilDeadline(ctx)
	if err != nil {
		return query.Answer{}, err
	}
	defer cancel()
	talk, err := p.conversationWith(within, role)
	if err != nil {
		return query.Answer{}, err
	}
	return talk.request(within, ask)
}

// untilDeadline is uninterrupted, with the deadline of ctx instead of callWithin if ctx has one.
func untilDeadline(ctx context.Context) (context.Context, context.CancelFunc, error) {
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

// conversationWith is the conversation with a role. It starts a witness that has ended, and an inspector that waits for its
// first question or has ended.
func (p *Pod) conversationWith(ctx context.Context, role Role) (*conversation, error) {
	container := role
	if role == Holder {
		container = p.pidRole() // the sandbox, in a pod with a single incarnation
	}
	p.mu.Lock()
	talk, id := p.conversations[role], p.ids[container]
	p.mu.Unlock()
	switch {
	case id == "":
		return nil, fmt.Errorf("the pod has no %s", role)
	case talk != nil && !talk.closed():
		return talk, nil
	case role == Witness, role == Inspector && p.inspectorWaits():
		return p.startOnDemand(ctx, role)
	case talk == nil:
		return nil, fmt.Errorf("no incarnation is up, so there is no %s", role)
	}
	return talk, nil
}

// startOnDemand starts the witness or the inspector for a question. What they look at is unaffected by their end.
func (p *Pod) startOnDemand(ctx context.Context, role Role) (*conversation, error) {
	p.startingOnDemand.Lock()
	defer p.startingOnDemand.Unlock()
	p.mu.Lock()
	talk, begun, up := p.conversations[role], p.started[role], p.started[p.pidRole()]
	p.mu.Unlock()
	switch {
	case talk != nil && !talk.closed():
		return talk, nil // another question has started it
	case role == Inspector && !up:
		return nil, fmt.Errorf("no incarnation is up, so there is no %s", role)
	}
	if begun {
		if err := p.waitForEnd(ctx, role); err != nil {
			return nil, err
		}
	}
	talk, _, err := p.converse(ctx, role)
	if err != nil {
		return nil, err
	}
	p.setConversation(role, talk)
	return talk, nil
}

// setConversation closes the conversation with a role, and replaces it. nil means none.
func (p *Pod) setConversation(role Role, now *conversation) {
	p.mu.Lock()
	before := p.conversations[role]
	p.conversations[role] = now
	p.mu.Unlock()
	before.close()
}
