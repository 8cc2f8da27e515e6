package startup

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"stalemate/attackers"
	"stalemate/containers/pod"
	"stalemate/suites/campaign"
)

func campaignQuestion(u *unit, listener int) attackers.ProbeRequest {
	return campaign.Question(u.pod, u.Target, u.Target.Listeners[listener])
}

// load has the pod's attacker ask again and again, and tells each answer. It closes answers at its end.
func load(ctx context.Context, p *pod.Pod, q attackers.ProbeRequest, answers chan<- attackers.ProbeResult) error {
	defer close(answers)
	question, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("write a probe: %w", err)
	}
	_, err = p.Exec(ctx, pod.Attacker, []string{"pod", "probe"}, bytes.NewReader(append(question, '\n')), func(line []byte) error {
		var result attackers.ProbeResult
		if err := json.Unmarshal(line, &result); err != nil {
			return err
		}
		select {
		case answers <- result:
		default:
		}
		return nil
	})
	return err
}
