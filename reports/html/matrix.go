package html

import (
	"slices"
	"strings"

	"stalemate/reports/record"
)

// matrix has a row for each target and listener, and a column for each stage; or a column for each scenario.
type matrix struct {
	Suite   string
	Columns []string
	Rows    []matrixRow
}

type matrixRow struct {
	Name  string
	Cells []*record.Cell // nil: the row has no such cell. Else the worst of the stage's modes
}

func matrices(s record.Summary) []matrix {
	var all []matrix
	for _, target := range s.Targets {
		for _, suite := range target.Suites {
			for _, c := range suite.Cells {
				if !c.Plan.Canary {
					all = placed(all, suite.Name, c)
				}
			}
		}
	}
	return all
}

// placed puts a cell into the matrix of its suite.
func placed(all []matrix, suite string, c *record.Cell) []matrix {
	at := slices.IndexFunc(all, func(m matrix) bool { return m.Suite == suite })
	if at < 0 {
		at, all = len(all), append(all, matrix{Suite: suite})
	}
	m := &all[at]
	name, column := c.Target, c.Plan.Stage
	if c.Plan.Listener != "" && column != "" {
		name += " " + c.Plan.Listener
	}
	if column == "" {
		column = c.Plan.Scenario
	}
	if column == "" {
		column = c.Within()
	}
	x := slices.Index(m.Columns, column)
	if x < 0 {
		x, m.Columns = len(m.Columns), append(m.Columns, column)
	}
	y := slices.IndexFunc(m.Rows, func(r matrixRow) bool {
		// What is asked after the holds is about all listeners: it stands in the row of the first one.
		return r.Name == name || c.Plan.Stage == "" && strings.HasPrefix(r.Name, name+" ")
	})
	if y < 0 {
		y, m.Rows = len(m.Rows), append(m.Rows, matrixRow{Name: name})
	}
	row := &m.Rows[y]
	for len(row.Cells) <= x {
		row.Cells = append(row.Cells, nil)
	}
	if old := row.Cells[x]; old == nil || weight(c) < weight(old) {
		row.Cells[x] = c
	}
	return all
}

// weight orders the modes of a stage, the worst first.
func weight(c *record.Cell) int {
	return slices.Index([]string{"failed", "inconclusive", "declared", "skipped", "passed"}, cellClass(c))
}

// entry is a word of the glossary.
type entry struct{ Word, Meaning string }

// glossary explains the words that are on the page.
func glossary(s record.Summary) []entry {
	var all []entry
	if s.Comparison != nil {
		for _, o := range record.Outcomes() {
			all = append(all, entry{string(o), o.Meaning()})
		}
	} else {
		for _, v := range record.Verdicts() {
			if s.Tally.Verdicts[v] > 0 {
				all = append(all, entry{string(v), v.Meaning()})
			}
		}
	}
	for _, severity := range record.Severities() {
		all = append(all, entry{string(severity), severity.Meaning()})
	}
	return append(all,
		entry{"cell", "One test: a target, a listener, a stage and a mode; or a target and a scenario."},
		entry{"stage", "The point of the protocol at which the client stops."},
		entry{"mode", "silent: the client sends nothing more. trickle: it sends a byte now and then. alone: silent, in a pod without other connections. later: silent, after all others."},
		entry{"hold", "One connection that the client holds at its stage."},
		entry{"proven", "A process of the server owns the connection and has read what was sent."},
		entry{"limit", "What must end a hold, with its tolerance. idle counts from the last byte, absolute from the stage."},
		entry{"cap", "How long stalemate watches a hold at most."},
		entry{"worker freed", "No process of the server owns the connection's socket any more."},
		entry{"incarnation", "One life of the server's main process."},
		entry{"leftover", "What an unclean death leaves behind: files, shared memory, semaphores."},
		entry{"reproduced", "A known-bad server failed as expected."},
		entry{"canary", "A test of stalemate itself. If a canary is not caught, the run is inconclusive."},
		entry{"autopsy", "The evidence in the server's process that names the cause of a never."},
		entry{"waived", "A failure that a waiver accepts until its date."})
}
