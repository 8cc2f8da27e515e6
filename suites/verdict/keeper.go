package verdict

import "fmt"

// kept and stillOwned name the process that had the socket after the release. It may be another than the one of the proof: a child
// inherits the descriptors of its parent.
func kept(h Hold) string {
	if h.KeptBy == "" {
		return "the server kept its socket"
	}
	return h.KeptBy + " kept the socket"
}

func stillOwned(h Hold) string {
	if h.KeptBy == "" {
		return fmt.Sprintf("the server (PID %d at the proof, not seen since) still owned its socket", h.PID)
	}
	return h.KeptBy + " still owned the socket"
}
