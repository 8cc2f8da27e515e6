package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// After is what one pod came to when its holds were over. Nothing of it depends on how many processes or threads the server has:
// pools grow and shrink as their configuration says. What counts is what the server can do.
//
//   - It answers at every listener and oracle, as a fresh server does, and soon.
//   - It is the same server: its main process, and a process that listens at each port.
//   - It closes what its clients have closed.
//   - It serves as many connections of each port at the same time as a fresh server, up to the capacity that the file states.
//
// A connection whose worker the server has not freed may keep it: its own cell tells of that. So may its socket stay in CLOSE-WAIT.
//
// The fresh server is another pod of the same target, in which nothing was held. It is started only if something is amiss.
type After struct {
	Pod      string
	Unproven string // why nothing can be said of this pod
	Answers  []Answer
	Main     *record.ProcessEnd // how the main process ended; nil: it is the same
	Ports    []AfterPort
	Kept     map[int]int // connections whose worker is not freed, by port

	Fills []Fill // of each port
}

// KeptOfAll are the connections of all ports whose worker is not freed. All ports may share the server's workers.
func (a After) KeptOfAll() int {
	sum := 0
	for _, n := range a.Kept {
		sum += n
	}
	return sum
}

// Doubtful says whether only a fresh server can tell what this pod came to.
func (a After) Doubtful() bool {
	if a.Main != nil {
		return false
	}
	for _, one := range a.Answers {
		if one.wrong() != "" {
			return true
		}
	}
	return slices.ContainsFunc(a.Fills, Fill.Short)
}

// Wrong says whether this pod shows that the server is not as it should be.
func (a After) Wrong() bool {
	_, why := a.wrong()
	return a.Unproven == "" && len(why) > 0
}

// unproven says why nothing can be said of this pod; "" if something can.
func (a After) unproven() string {
	if a.Unproven != "" || a.Wrong() {
		return a.Unproven
	}
	for _, f := range a.Fills {
		if why := a.lost(f); why != "" {
			return why + "; " + f.uncertain()
		}
		if why := f.unknownLoss(); why != "" {
			return why
		}
	}
	return ""
}

// wrong is what is wrong with the server, and the verdict that follows.
func (a After) wrong() (record.Verdict, []string) {
	if a.Main != nil {
		return record.Crashed, []string{fmt.Sprintf("measured: %s while connections were held; expected the same main process as before", a.Main)}
	}
	var wrong []string
	verdict, answers := record.Degraded, 0
	for _, one := range a.Answers {
		if one.OK {
			answers++
		}
		if why := one.wrong(); why != "" {
			wrong = append(wrong, why)
		}
	}
	if len(wrong) > 0 && answers == 0 {
		verdict = record.Refuses
	}
	for _, p := range a.Ports {
		if p.Before != "" {
			verdict = record.Crashed
			wrong = append(wrong, fmt.Sprintf("port %d: measured: the server was started again: %s listens; expected %s, as before", p.Port, p.Now, p.Before))
		}
		if p.Left > a.Kept[p.Port] {
			wrong = append(wrong, fmt.Sprintf("port %d: measured %s in CLOSE-WAIT: the clients have closed them, and the server has not; expected %d",
				p.Port, record.Counted(p.Left, "connection"), a.Kept[p.Port]))
		}
	}
	for _, f := range a.Fills {
		if why := a.lost(f); why != "" && f.uncertain() == "" {
			wrong = append(wrong, why)
		}
	}
	return verdict, wrong
}

// said is what a report says of the pod's evidence.
func (a After) said() []string {
	var all []string
	for _, one := range a.Answers {
		switch {
		case one.OK:
			all = append(all, fmt.Sprintf("%s answers after %s", one.Name, seconds(one.Took)))
		case one.Fresh != nil && !one.Fresh.OK:
			all = append(all, fmt.Sprintf("%s does not answer, and a fresh server does not either: %s", one.Name, one.Fresh.Detail))
		}
	}
	for _, f := range a.Fills {
		text := fmt.Sprintf("port %d: the server serves %d of %s at the same time", f.Port, f.Served, record.Counted(f.Opened, "connection"))
		if f.Fresh != nil {
			text += fmt.Sprintf(", a fresh server %d of %d", f.Fresh.Served, f.Fresh.Opened)
		}
		all = append(all, text)
	}
	return all
}

// AfterHolds judges a target by all of its pods. What one pod shows, no other can undo.
func AfterHolds(plan record.Plan, pods []After) record.Judgement {
	j := record.Judgement{Expect: plan.Expect, Verdict: record.Serves}
	if len(pods) == 0 {
		return unknown(j, "no pod of the target held a connection")
	}
	rank := map[record.Verdict]int{record.Degraded: 1, record.Crashed: 2, record.Refuses: 3}
	var wrong, evidence []string
	wrongPods, kept, unproven := 0, 0, ""
	for _, a := range pods {
		kept += a.KeptOfAll()
		if why := a.unproven(); why != "" {
			unproven = fmt.Sprintf("pod %s: %s", a.Pod, why)
			continue
		}
		verdict, why := a.wrong()
		if len(why) > 0 {
			wrongPods++
			if rank[verdict] > rank[j.Verdict] {
				j.Verdict, wrong = verdict, why
			}
		}
		for _, line := range append(why, a.said()...) {
			evidence = append(evidence, fmt.Sprintf("pod %s: %s", a.Pod, line))
		}
	}
	j.Evidence = evidence
	switch {
	case wrongPods > 0:
		j.Status, j.Severity = record.Failed, record.High
		if j.Verdict == record.Refuses {
			j.Severity = record.Critical
		}
		j.Message = fmt.Sprintf("%s: after the holds: %s", j.Verdict, strings.Join(wrong, "; "))
		if len(pods) > 1 {
			j.Message += fmt.Sprintf(" (so in %d of %d pods)", wrongPods, len(pods))
		}
	case unproven != "":
		return unknown(j, unproven)
	default:
		j.Status = record.Passed
		j.Message = fmt.Sprintf("%s: %s, in %s", j.Verdict, plan.Reason, record.Counted(len(pods), "pod"))
		if kept > 0 {
			j.Message += fmt.Sprintf("; not counted: %s kept by holds that their own cells tell of", record.Counted(kept, "worker"))
		}
	}
	return j
}
