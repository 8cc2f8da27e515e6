package plan

// Narrow is the plan with the cells that a filter leaves, their controls and the canaries. A target without a cell is not in it.
func (p *Plan) Narrow(left func(address string) bool) *Plan {
	part := *p
	part.keep(p.Cells, keptCells(p.Cells, left))
	part.match = func(address string) bool { return p.match(address) && left(address) }
	return &part
}

// CellsOf are the plan's cells of one suite.
func (p *Plan) CellsOf(suite string) []*Cell {
	var cells []*Cell
	for _, c := range p.Cells {
		if c.Plan.Suite == suite {
			cells = append(cells, c)
		}
	}
	return cells
}
