package verdict

import (
	"slices"

	"stalemate/reports/record"
)

// RefusesBody says whether a release was an answer that refuses a request for what its head
// says, while its body was withheld. Whether it came because of that, or because the server had
// waited for long enough, only the time tells.
func RefusesBody(stage string, by record.ReleaseBy, status string) bool {
	return by == record.ByStatus &&
		slices.Contains([]string{"http.body", "http.chunk", "http.expect-100", "h2.body"}, stage) &&
		// RFC 9110 sections 15.5.2, 4, 5, 6, 12, 14, 16 and 18.
		slices.Contains([]string{"401", "403", "404", "405", "411", "413", "415", "417"}, status)
}

// notHere says whether such an answer came too soon to be the limit's doing: the target cannot have this stage.
func notHere(stage string, l *record.Limit, h Hold, o one) bool {
	if !RefusesBody(stage, h.By, h.Detail) {
		return false
	}
	switch {
	case l == nil, o.verdict == record.Early:
		return true
	case l.Kind == record.Max:
		return o.sooner < l.Seconds/2
	}
	return false
}
