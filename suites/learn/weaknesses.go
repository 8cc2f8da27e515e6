package learn

import (
	"fmt"
	"strings"
)

// weaknesses names the cells that the server does not release within the cap, one text for each reason, with what would end it.
func weaknesses(found []finding, s *seen) []string {
	var order, texts []string
	cells := map[string][]finding{}
	for _, f := range found {
		if f.outcome != lasting {
			continue
		}
		why := f.weak(s.server)
		if cells[why] == nil {
			order = append(order, why)
		}
		cells[why] = append(cells[why], f)
	}
	for _, why := range order {
		texts = append(texts, strings.Join(patterns(cells[why], found), ", ")+": "+why)
	}
	if s.restart.failed != "" {
		texts = append(texts, fmt.Sprintf("start %d after a kill failed: %s", s.restart.number, s.restart.failed))
	}
	return texts
}

// limited is how many cells have a limit that ends them.
func limited(found []finding) int {
	n := 0
	for _, f := range found {
		if f.outcome == bounded || f.outcome == atMost {
			n++
		}
	}
	return n
}
