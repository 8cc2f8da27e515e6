package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stalemate/reports/record"
)

// workersOf lists PIDs as workers of an event.
func workersOf(pids map[int]bool) []record.Worker {
	var all []record.Worker
	for _, pid := range sortedPIDs(pids) {
		all = append(all, record.Worker{PID: pid, TID: pid})
	}
	return all
}

func sortedPIDs(pids map[int]bool) []int {
	var all []int
	for pid := range pids {
		all = append(all, pid)
	}
	slices.Sort(all)
	return all
}

// formatRanges shortens a list of PIDs for a message: "23-150, 152".
func formatRanges(pids map[int]bool) string {
	var parts []string
	list := sortedPIDs(pids)
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(list[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
