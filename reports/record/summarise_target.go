package record

import (
	"slices"
	"strings"
)

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
		if b.failed[key].pod == "" {
			b.pods = append(b.pods, key)
		}
		what := "did not come up"
		if slices.ContainsFunc(target.Pods, func(p Pod) bool { return p.Name == e.Pod }) {
			what = "failed"
		}
		b.failed[key] = podFailure{target: target.Name, pod: e.Pod, what: what, why: firstLine(e.Note)}
		target.Observations = append(target.Observations, note)
	case TargetNotReady: // for those who wait; a target that never gets ready fails its pod
	case PodLog:
		target.Logs = append(target.Logs, note)
	case Injected:
		target.Injections = append(target.Injections, note)
	case Observed:
		if note.Note = observation(e); note.Note == "" {
			break // numbers for the judges, not for people; they stay in the log
		}
		if e.Client != nil {
			note.Served = &e.Client.Served
		}
		target.Observations = append(target.Observations, note)
		if cell := b.cells[e.Cell]; cell != nil {
			cell.Notes = append(cell.Notes, note)
		}
	case IncarnationStarted, IncarnationReady, IncarnationEnded:
		if missing = e.Incarnation == nil; !missing {
			b.addLife(target, e)
		}
	case ProcessEnded:
		if missing = e.Ended == nil; !missing && !e.Ended.Clean() {
			note.Note = e.Ended.String()
			target.Observations = append(target.Observations, note)
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
		autopsy := AutopsyAt{At: b.at(e.T), Pod: e.Pod, Cell: e.Cell, Hold: e.Hold, Autopsy: *e.Autopsy, Deadline: b.told(e.Autopsy.Deadline)}
		autopsy.Autopsy.Deadline = 0 // CLOCK_MONOTONIC, which no other time of a report is
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
