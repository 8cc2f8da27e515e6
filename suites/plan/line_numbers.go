package plan

// numberLines writes into each plan the line of the target file that a cell is about. A canary is in no file of the user.
func numberLines(cells []*Cell) {
	for _, c := range cells {
		if t := c.Target; t.Canary == "" {
			switch {
			case c.Plan.Suite == StartupSuite:
				c.Plan.Line = t.Line("leftovers", "scenarios", c.Plan.Scenario)
			case c.Plan.Suite == ExhaustionSuite:
				c.Plan.Line = t.Line("exhaustion")
			case c.After:
				c.Plan.Line = t.Line("listeners")
			default:
				c.Plan.Line = t.LimitLine(c.Address)
			}
		}
	}
}
