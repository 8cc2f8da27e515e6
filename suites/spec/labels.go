package spec

import (
	"github.com/onsi/ginkgo/v2"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// thorough is the label of the cells that only a thorough run has. A run without a filter leaves them out.
const thorough = "thorough"

// Labels are the labels of a cell's spec: key, colon, space, value, as in a filter.
func Labels(c *plan.Cell) ginkgo.Labels {
	labels := LabelsOf(c.Target.Name, c.Plan)
	if c.Target.Bug != "" {
		labels = append(labels, "bug: "+c.Target.Bug)
	}
	if c.Thorough() {
		labels = append(labels, thorough)
	}
	return labels
}

// LabelsOf are the labels that follow from a cell's plan and the name of its target.
func LabelsOf(target string, p record.Plan) ginkgo.Labels {
	labels := ginkgo.Labels{"target: " + target}
	add := func(key, value string) {
		if value != "" {
			labels = append(labels, key+": "+value)
		}
	}
	add("listener", p.Listener)
	add("stage", p.Stage)
	add("mode", string(p.Mode))
	add("scenario", p.Scenario)
	return labels
}
