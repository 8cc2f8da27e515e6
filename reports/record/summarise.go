package record

import (
	"fmt"
	"slices"
	"strings"
)

// Summarise builds the view of one run. It takes any log, the broken ones too;
// what is wrong with it becomes a problem of the summary, which is then not green.
func Summarise(events []Event) Summary {
	b := &builder{
		targets: map[string]*Target{},
		cells:   map[string]*Cell{},
		holds:   map[string]*Hold{},
		failed:  map[string]string{},
	}
	for i, event := range events {
		if i == 0 {
			b.run, b.zero = event.Run, event.T
		}
		if event.Run != b.run {
			b.problem("the log holds another run, %s, beside %s", event.Run, b.run)
			continue
		}
		b.last = max(b.last, event.T)
		if event.Kind == RunStarted {
			b.zero = event.T
		}
	}
	for _, event := range events {
		if event.Run == b.run {
			b.add(event)
		}
	}
	return b.finish()
}

type builder struct {
	s        Summary
	run      string
	zero     int64 // T of the run's start
	last     int64
	started  bool
	end      int64
	targets  map[string]*Target
	cells    map[string]*Cell
	holds    map[string]*Hold // the latest attempt of each
	failed   map[string]string
	pods     []string // those that failed, in order
	problems map[string]bool
}

func (b *builder) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if b.problems == nil {
		b.problems = map[string]bool{}
	}
	if !b.problems[text] {
		b.problems[text] = true
		b.s.Problems = append(b.s.Problems, text)
	}
}

func (b *builder) at(t int64) float64    { return seconds(b.zero, t) }
func (b *builder) when(t int64) *float64 { v := b.at(t); return &v }

// add takes one event in. An event without the payload of its kind is a problem.
func (b *builder) add(e Event) {
	switch e.Kind {
	case RunStarted, RunEnded, WaveStarted, WaveEnded:
		b.addRun(e)
	case Noticed:
		b.s.Notices = append(b.s.Notices, e.Note)
	case CellPlanned, CellJudged, CanaryChecked, HoldConnected, HoldParked, HoldTrickled, HoldProven, HoldReleased, HoldFailed, HoldNotApplicable, WorkerFreed:
		b.addCell(e)
	default:
		b.addTarget(e)
	}
}

func (b *builder) addRun(e Event) {
	switch {
	case e.Kind == RunStarted:
		b.started = true
		if e.RunInfo == nil {
			b.problem("the run's start says nothing of itself")
			return
		}
		b.s.Version, b.s.Command, b.s.UnixTime = e.RunInfo.Version, e.RunInfo.Command, e.RunInfo.UnixTime
		b.s.Engine, b.s.Versions, b.s.FailOn = e.RunInfo.Engine, e.RunInfo.Versions, e.RunInfo.FailOn
	case e.Kind == RunEnded:
		b.s.Ended, b.end = true, e.T
		if e.RunInfo != nil {
			b.s.EndExit, b.s.Stopped = e.RunInfo.Exit, e.RunInfo.Stopped
		}
	case e.Wave == nil:
		b.problem("an event %s without its wave", e.Kind)
	case e.Kind == WaveStarted:
		b.s.Waves = append(b.s.Waves, WaveSummary{Number: e.Wave.Number, Targets: e.Wave.Targets,
			Holds: e.Wave.Holds, Planned: e.Wave.Longest, Started: b.at(e.T)})
	default:
		for i := len(b.s.Waves) - 1; i >= 0; i-- {
			if wave := &b.s.Waves[i]; wave.Number == e.Wave.Number && wave.Ended == nil {
				wave.Ended, wave.Longest = b.when(e.T), e.Wave.Longest
				return
			}
		}
		b.problem("wave %d ended and never started", e.Wave.Number)
	}
}

// targetOf finds the target of an event, by its name or its cell's address; the
// run itself for an event that names neither.
func (b *builder) targetOf(e Event) *Target {
	name := e.Target
	if name == "" {
		name, _, _ = strings.Cut(e.Cell, "/")
	}
	if name == "" {
		if b.s.Itself == nil {
			b.s.Itself = &Target{Name: "run"}
		}
		return b.s.Itself
	}
	target := b.targets[name]
	if target == nil {
		target = &Target{Name: name}
		b.targets[name] = target
		b.s.Targets = append(b.s.Targets, target)
	}
	return target
}

func (b *builder) addTarget(e Event) {
	target := b.targetOf(e)
	note := NoteAt{At: b.at(e.T), Pod: e.Pod, Cell: e.Cell, Hold: e.Hold, Note: e.Note}
	missing := false
	switch e.Kind {
	case ImageReady:
		if missing = e.Image == nil; !missing {
			target.Images = append(target.Images, *e.Image)
		}
	case ImageFailed: // the cells say what follows from it
		target.Observations = append(target.Observations, note)
	case PodStarted:
		if missing = e.PodInfo == nil; !missing {
			target.Pods = append(target.Pods, Pod{Name: e.Pod, PodInfo: *e.PodInfo})
			delete(b.failed, target.Name+"/"+e.Pod)
		}
	case PodFailed:
		key := target.Name + "/" + e.Pod
		if b.failed[key] == "" {
			b.pods = append(b.pods, key)
		}
		what := "did not come up"
		if slices.ContainsFunc(target.Pods, func(p Pod) bool { return p.Name == e.Pod }) {
			what = "failed"
		}
		b.failed[key] = fmt.Sprintf("%s: pod %s %s: %s", target.Name, e.Pod, what, firstLine(e.Note))
		target.Observations = append(target.Observations, note)
	case PodLog:
		target.Logs = append(target.Logs, note)
	case Injected:
		target.Injections = append(target.Injections, note)
	case Observed:
		if note.Note = observation(e); note.Note == "" {
			break // numbers for the judges, not for people; they stay in the log
		}
		target.Observations = append(target.Observations, note)
		if cell := b.cells[e.Cell]; cell != nil {
			cell.Notes = append(cell.Notes, note)
		}
	case IncarnationStarted, IncarnationReady, IncarnationEnded:
		if missing = e.Incarnation == nil; !missing {
			b.addLife(target, e)
		}
	case ForceAttempt, PIDCollision:
		if missing = e.Force == nil; missing {
			break
		}
		force := ForceAt{At: b.at(e.T), Pod: e.Pod, Cell: e.Cell, Force: *e.Force}
		if e.Kind == ForceAttempt {
			target.Forces = append(target.Forces, force)
		} else {
			target.Collisions = append(target.Collisions, force)
		}
	case LeftoverSeen:
		if missing = e.Leftover == nil; !missing {
			target.Leftovers = append(target.Leftovers, LeftoverAt{At: b.at(e.T), Pod: e.Pod, Cell: e.Cell, Leftover: *e.Leftover})
		}
	case AutopsyDone:
		if missing = e.Autopsy == nil; missing {
			break
		}
		autopsy := AutopsyAt{At: b.at(e.T), Pod: e.Pod, Cell: e.Cell, Hold: e.Hold, Autopsy: *e.Autopsy}
		target.Autopsies = append(target.Autopsies, autopsy)
		if cell := b.cells[e.Cell]; cell != nil {
			cell.Autopsies = append(cell.Autopsies, autopsy)
		}
	case CountsChecked:
		if missing = e.Counts == nil; !missing {
			target.Counts = append(target.Counts, CountsOfPod{Pod: e.Pod, Counts: *e.Counts})
			if why := e.Counts.Disagree(); why != "" {
				b.problem("%s: counts of pod %s disagree: %s", target.Name, e.Pod, why)
			}
		}
	default:
		b.problem("an event of unknown kind %q", e.Kind)
	}
	if missing {
		b.problem("%s: an event %s without its payload", target.Name, e.Kind)
	}
}

// addLife follows an incarnation from its start to its end.
func (b *builder) addLife(target *Target, e Event) {
	in := e.Incarnation
	var life *Life
	for i := len(target.Incarnations) - 1; i >= 0; i-- {
		if one := &target.Incarnations[i]; one.Pod == e.Pod && one.Number == in.Number && one.Ended == nil &&
			(in.StartTime == 0 || one.StartTime == 0 || one.StartTime == in.StartTime) {
			life = one
			break
		}
	}
	if life == nil || e.Kind == IncarnationStarted {
		fresh := Life{Pod: e.Pod, Cell: e.Cell, Number: in.Number}
		for _, earlier := range target.Incarnations {
			if earlier.Pod == e.Pod && in.PID != 0 && earlier.PID == in.PID && earlier.StartTime != in.StartTime {
				fresh.Reused = true
			}
		}
		target.Incarnations = append(target.Incarnations, fresh)
		life = &target.Incarnations[len(target.Incarnations)-1]
	}
	if in.PID != 0 {
		life.PID = in.PID
	}
	if in.StartTime != 0 {
		life.StartTime = in.StartTime
	}
	switch e.Kind {
	case IncarnationStarted:
		life.Started = b.when(e.T)
	case IncarnationReady:
		life.Ready = b.when(e.T)
	case IncarnationEnded:
		life.Ended, life.How, life.Exit = b.when(e.T), in.How, in.Exit
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// observation is what an observation says in words: its note, and why it could not be made.
func observation(e Event) string {
	switch {
	case e.Error == "":
		return e.Note
	case e.Note == "":
		return "could not be observed: " + e.Error
	}
	return e.Note + ": " + e.Error
}
