package terminal

import (
	"fmt"
	"strings"

	"stalemate/reports/record"

	"github.com/jedib0t/go-pretty/v6/text"
)

// unknownColour paints what is inconclusive.
const unknownColour = text.FgYellow

// cells writes every cell of a status in full. Cells without a result are told together where one cause explains them.
func (p *page) cells(name string, s record.Summary, status record.Status) {
	var cells []*record.Cell
	for _, cell := range s.Cells() {
		if cell.Status == status {
			cells = append(cells, cell)
		}
	}
	all := blocks(cells)
	shown := p.shown(len(all))
	left := 0
	for i, b := range all {
		if i >= shown {
			left += len(b.cells)
			continue
		}
		p.gap()
		p.block(s, b)
	}
	if left > 0 {
		p.gap()
		p.line("  %d more cells %s", left, name)
		p.more(left)
	}
}

func (p *page) cell(cell *record.Cell) {
	colour, verdict := unknownColour, "not judged"
	judgement := cell.Judgement
	if cell.Plan.Canary {
		judgement = cell.Canary
	}
	if cell.Status == record.Failed {
		colour = text.FgRed
	}
	severity := ""
	if judgement != nil {
		verdict = string(judgement.Verdict)
		severity = string(judgement.Severity)
	}
	if cell.Plan.Canary {
		verdict = "canary not caught"
	}
	p.line("%s  %s", p.paint(strings.TrimSpace(verdict+"  "+severity), colour, text.Bold), record.Clean(cell.Address))
	// The message says measured and expected in one line; here they have lines already.
	if judgement != nil && (len(judgement.Holds) == 0 || cell.Plan.Limit == nil || cell.Plan.Canary) {
		p.field("message", judgement.Message)
	}
	if cell.Judgement == nil || len(cell.Judgement.Holds) > 0 {
		p.field("measured", cell.MeasuredText())
	}
	p.field("expected", cell.Plan.Expected())
	p.field("set by", cell.Plan.SetBy())
	p.field("released", cell.ReleasedText())
	if judgement != nil {
		p.field("because", judgement.Because)
	}
	for i, hold := range cell.Holds {
		if i == p.shown(len(cell.Holds)) {
			break
		}
		if hold.Failed != "" {
			p.field("hold", fmt.Sprintf("%s: %s", hold.ID, hold.Failed))
		}
	}
	if len(cell.Autopsies) > 0 {
		seen := map[string]bool{}
		for _, autopsy := range cell.Autopsies {
			because := fmt.Sprintf("%s: %s", autopsy.Class, autopsy.Because)
			if !seen[because] {
				seen[because] = true
				p.field("because", fmt.Sprintf("%s (pid %d)", because, autopsy.PID))
			}
		}
	}
	if judgement != nil {
		for i, line := range judgement.Evidence {
			if i == p.shown(len(judgement.Evidence)) {
				break
			}
			p.field("evidence", line)
		}
	}
	p.verbatim("again", cell.Again())
}
