package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"stalemate/reports/record"
)

// number writes seconds without needless places.
func number(s float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(s, 'f', 1, 64), ".0") + " s"
}

// tenth rounds a measure of a drawing.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// title is what a bar says when it is pointed at.
func title(h *record.Hold) string {
	parts := []string{fmt.Sprintf("%s, attempt %d", h.ID, h.Attempt)}
	if h.PID != 0 {
		parts = append(parts, fmt.Sprintf("served by PID %d", h.PID))
	}
	switch {
	case h.Watched != nil:
		parts = append(parts, "still open after "+number(h.Lasted()))
	case h.Released == nil:
		parts = append(parts, "stalemate saw no end")
	default:
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("released after %.2f s by %s %s", h.Lasted(), h.By, h.Detail)))
		if h.ClosedBy != "" {
			parts = append(parts, "closed by "+string(h.ClosedBy))
		}
	}
	if h.WorkerFreed != nil && h.Released != nil {
		parts = append(parts, fmt.Sprintf("worker freed %.2f s later", *h.WorkerFreed-*h.Released))
	}
	if h.Failed != "" {
		parts = append(parts, h.Failed)
	}
	return strings.Join(parts, "; ")
}
