package attackers

import (
	"slices"
	"sync"
	"time"
)

// launch starts clients in the order of their times, counted from now. A client waits
// while all slots are taken.
func (a *attack) launch(clients []*client) {
	begin := time.Now()
	slices.SortStableFunc(clients, func(x, y *client) int { return int(x.hold.StartAfter - y.hold.StartAfter) })
	a.working.Go(func() {
		timer := time.NewTimer(0)
		defer timer.Stop()
		<-timer.C
		for _, c := range clients {
			if wait := time.Until(begin.Add(c.hold.StartAfter)); wait > 0 {
				timer.Reset(wait)
				select {
				case <-timer.C:
				case <-a.stopping.Done():
					return
				}
			}
			select {
			case a.slots <- struct{}{}:
			case <-a.stopping.Done():
				return
			}
			c.setFree(sync.OnceFunc(func() { <-a.slots }))
			a.working.Go(func() { c.run(a.stopping, &a.working) })
		}
	})
}

// setFree gives the client its slot. A client that was closed before frees it at once.
func (c *client) setFree(free func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = free
	if c.state == over {
		free()
	}
}
