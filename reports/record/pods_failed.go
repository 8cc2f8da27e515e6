package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// podFailure is why a pod failed.
type podFailure struct{ target, pod, what, why string }

// by says whether the early end of the run explains the failure: what the run was doing then was canceled.
func (f podFailure) by(stopped string) bool {
	return stopped != "" && (strings.Contains(f.why, stopped) || strings.Contains(f.why, context.Canceled.Error()) || strings.Contains(f.why, context.DeadlineExceeded.Error()))
}

// podsFailed names the pods that failed. Pods of one target that failed for one reason are one problem.
func (b *builder) podsFailed() {
	var order []podFailure // without the pod
	pods := map[podFailure][]string{}
	for _, key := range b.pods {
		failure := b.failed[key]
		if failure.pod == "" || failure.by(b.s.Stopped) {
			continue // it came up in the end, or the run ended: that is a problem of its own
		}
		name := failure.pod
		failure.pod = ""
		if !slices.Contains(order, failure) {
			order = append(order, failure)
		}
		pods[failure] = append(pods[failure], name)
	}
	for _, failure := range order {
		names := "pod " + pods[failure][0]
		if n := len(pods[failure]); n > 1 {
			names = fmt.Sprintf("%d pods (%s)", n, strings.Join(pods[failure], ", "))
		}
		b.problem("%s: %s %s: %s", failure.target, names, failure.what, failure.why)
	}
}
