package record

// addCell takes in what happened to one cell.
func (b *builder) addCell(e Event) {
	if e.Kind == CellPlanned {
		b.plan(e)
		return
	}
	cell := b.cells[e.Cell]
	if cell == nil {
		b.problem("%s of a cell that was never planned: %q", e.Kind, e.Cell)
		return
	}
	switch {
	case (e.Kind == CellJudged || e.Kind == CanaryChecked) && e.Verdict == nil:
		b.problem("%s: %s without a judgement", e.Cell, e.Kind)
	case e.Kind == CanaryChecked:
		cell.Canary = e.Verdict
	case e.Kind == CellJudged:
		if old := cell.Judgement; old != nil && (old.Verdict != e.Verdict.Verdict || old.Status != e.Verdict.Status) {
			b.problem("%s was judged twice: %s, then %s", e.Cell, old.Verdict, e.Verdict.Verdict)
		}
		cell.Judgement = e.Verdict
	default:
		b.addHold(cell, e)
	}
}

func (b *builder) plan(e Event) {
	switch {
	case e.Plan == nil || e.Cell == "":
		b.problem("a cell was planned without an address or a plan: %q", e.Cell)
		return
	case b.cells[e.Cell] != nil:
		b.problem("%s was planned twice", e.Cell)
		return
	}
	target := b.targetOf(e)
	cell := &Cell{Address: e.Cell, Target: target.Name, Plan: *e.Plan}
	b.cells[e.Cell] = cell
	for _, suite := range target.Suites {
		if suite.Name == e.Plan.Suite {
			suite.Cells = append(suite.Cells, cell)
			return
		}
	}
	target.Suites = append(target.Suites, &Suite{Name: e.Plan.Suite, Cells: []*Cell{cell}})
}

// addHold follows one hold. A second connection under the same name is a further
// attempt, and stands beside the first: no attempt is forgotten.
func (b *builder) addHold(cell *Cell, e Event) {
	key := e.Cell + " " + e.Hold
	hold := b.holds[key]
	again := hold != nil && e.Kind == HoldConnected &&
		(hold.Connected != nil || e.HoldInfo != nil && e.HoldInfo.Attempt > hold.Attempt)
	if hold == nil || again {
		attempt := 1
		if hold != nil {
			attempt = hold.Attempt + 1
		}
		hold = &Hold{ID: e.Hold, Attempt: attempt}
		b.holds[key] = hold
		cell.Holds = append(cell.Holds, hold)
	}
	if e.Pod != "" {
		hold.Pod = e.Pod
	}
	if info := e.HoldInfo; info != nil {
		hold.merge(info)
	}
	switch e.Kind {
	case HoldConnected:
		hold.Connected = b.when(e.T)
	case HoldParked:
		hold.Parked = b.when(e.T)
	case HoldTrickled:
		hold.Trickled = b.when(e.T)
	case HoldProven:
		hold.Proven = b.when(e.T)
	case HoldFailed:
		hold.Failed = e.Note
	case HoldNotApplicable:
		hold.NotApplicable = e.Note
	case WorkerFreed:
		hold.WorkerFreed = b.when(e.T)
	case HoldReleased:
		hold.Released = b.when(e.T)
		if e.Release == nil {
			b.problem("%s: hold %s was released, and nothing says how", e.Cell, e.Hold)
			return
		}
		hold.By, hold.Detail = e.Release.By, e.Release.Detail
		hold.End = e.Release.End
		if e.Release.LastT != 0 {
			hold.Trickled = b.when(e.Release.LastT)
		}
	}
}

func (h *Hold) merge(info *HoldInfo) {
	if info.Attempt != 0 {
		h.Attempt = info.Attempt
	}
	if info.Local != "" {
		h.Local = info.Local
	}
	if info.Peer != "" {
		h.Peer = info.Peer
	}
	if info.PID != 0 {
		h.PID = info.PID
	}
	if info.Inode != 0 {
		h.Inode, h.RQueue = info.Inode, info.RQueue
	}
}
