package stages

import "slices"

// RefusesBody says whether a status refuses a request because of its head, while the stage withholds its body. Such an answer
// may also mean that a timeout fired: only its time shows which.
func RefusesBody(stage string, status int) bool {
	return slices.Contains([]string{HTTPBody, HTTPChunk, HTTPExpect100, H2Body}, stage) &&
		// RFC 9110 sections 15.5.2, 4, 5, 6, 12, 14, 16 and 18.
		slices.Contains([]int{401, 403, 404, 405, 411, 413, 415, 417}, status)
}
