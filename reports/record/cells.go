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
			b.suites[e.Cell] = suite
			return
		}
	}
	suite := &Suite{Name: e.Plan.Suite, Cells: []*Cell{cell}}
	target.Suites = append(target.Suites, suite)
	b.suites[e.Cell] = suite
}

// timeSuite takes the time of an event for that of its cell's suite. A plan and the end of a spec happen to no server.
func (b *builder) timeSuite(e Event) {
	suite := b.suites[e.Cell]
	if suite == nil || e.Kind == SpecEnded || e.Kind == CellCompared {
		return
	}
	if suite.Started == nil {
		suite.Started = b.when(e.T)
	}
	if suite.Ended == nil || *suite.Ended < b.at(e.T) {
		suite.Ended = b.when(e.T)
	}
}

// addHold follows one hold. A second connection under the same name is a further
// attempt, and stands next to the first: no attempt is forgotten.
func (b *builder) addHold(cell *Cell, e Event) {
	key := e.Cell + " " + e.Hold
	hold := b.holds[key]
	switch {
	case hold == nil:
		hold = &followed{state: HoldState{ID: e.Hold, Attempt: 1}}
	case hold.state.Begins(e):
		hold = &followed{state: HoldState{ID: e.Hold, Attempt: hold.state.Attempt + 1}}
	}
	if err := hold.state.Hear(e); err != nil {
		b.problem("%s: %v", e.Cell, err)
	}
	if hold != b.holds[key] {
		b.holds[key], hold.shown = hold, &Hold{}
		cell.Holds = append(cell.Holds, hold.shown)
	}
	*hold.shown = b.shown(hold.state)
}

// followed is a hold that is being followed, and its place in the summary.
type followed struct {
	state HoldState
	shown *Hold
}

// shown is a hold as the summary gives it.
func (b *builder) shown(h HoldState) Hold {
	return Hold{ID: h.ID, Pod: h.Pod, Attempt: h.Attempt, Local: h.Local, Peer: h.Peer, PID: h.PID, Inode: h.Inode, RQueue: h.RQueue,
		Connected: b.told(h.Connected), Parked: b.told(h.Parked), LastByte: b.told(h.LastByte), TrickleEnd: b.told(h.TrickleEnd),
		Stood: b.told(h.Stood), Queue: h.Queue, Queued: b.told(h.QueueT), WroteAfter: b.told(h.WroteAfter), Wrote: b.told(h.Wrote), Shut: b.told(h.Shut),
		Proven: b.told(h.Proven), Released: b.told(h.Released), Watched: b.told(h.Watched), WorkerFreed: b.told(h.WorkerFreed),
		By: h.By, Detail: h.Detail, ClosedBy: h.ClosedBy, Failed: h.Failed, NotApplicable: h.NotApplicable}
}

// told is the time of an event of a hold, nil if there was none.
func (b *builder) told(t int64) *float64 {
	if t == 0 {
		return nil
	}
	return b.when(t)
}
