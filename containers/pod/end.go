package pod

import "context"

// End says once, when the target's main process does not run: nil, or why nobody can tell. It gives up with ctx. Asked
// while an incarnation is up it is about that one. The engine says it by itself, which costs less than to ask for State again and again.
func (p *Pod) End(ctx context.Context) <-chan error {
	end := make(chan error, 1)
	go func() { end <- p.gone(ctx, Target) }()
	return end
}
