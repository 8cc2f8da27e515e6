package verdict

import (
	"fmt"
	"strings"

	"stalemate/reports/record"
)

// AddSilent adds to the judgement of a cell in mode alone or later what the silent cell of the same stage says: a limit that fires
// there and not here depends on what is around the connection.
func AddSilent(j *record.Judgement, mode record.Mode, address string, silent record.Judgement) {
	if j.Status != record.Failed || silent.Verdict != record.Fired || !wrongTime(j.Verdict) {
		return
	}
	finding := ""
	switch mode {
	case record.Alone:
		finding = "the server only closes connections in time while other connections are active"
	case record.Later:
		finding = "the first connections were closed in time, a later one was not"
	default:
		return
	}
	j.Because = joined(finding, j.Because)
	j.Message += fmt.Sprintf("; %s: %s was closed after %s", finding, address, releases(silent))
}

// releases are the times after which a cell's holds were released.
func releases(j record.Judgement) string {
	var all []string
	for _, h := range j.Holds {
		if h.Released != nil {
			all = append(all, seconds(*h.Released))
		}
	}
	return strings.Join(all, " and ")
}

// wrongTime says whether the verdict is about when a connection or its worker was released.
func wrongTime(v record.Verdict) bool {
	return v == record.Never || v == record.Late || v == record.LateWorker || v == record.Early || v == record.Unstable
}
