package startup

import (
	"stalemate/containers/pod"
	"stalemate/fixtures/target/steps"
)

// access is the least that the steps of this pod's scenarios need. A server's own user makes directories that only it can list.
func (u *scenarioPod) access() pod.Access {
	least := pod.List
	if l := u.leftovers(); l.Daemon != "" || l.Stranger != nil {
		least = pod.Change // what an attempt that missed its PID left behind, or what named an earlier stranger, is removed
	}
	for _, cell := range u.Cells {
		for _, step := range cell.Scenario.Steps {
			switch step := step.(type) {
			case *steps.Remove, *steps.Empty, *steps.IPCRM:
				least = pod.Change
			case *steps.Plant:
				for _, o := range step.Objects {
					if o.Owner != "" {
						return pod.Give
					}
				}
			}
		}
	}
	return least
}
