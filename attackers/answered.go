package attackers

import (
	"fmt"
	"net/http"
	"slices"
)

// answered says whether a final status shows that the target cannot have this
// stage: it did not wait for what was withheld.
//
// At once, any answer says so but one that means that something went wrong. Later,
// while a body is withheld, only those do that are about the request and not about
// the waiting: a server that gives up waiting may answer anything else, 200 included.
func (c *client) answered(settled bool) (string, bool) {
	code := c.reply.Status
	if code == 0 || !c.stage.NeedsHTTP {
		return "", false
	}
	na := false
	if settled {
		na = c.stage.awaitsBody && refusesBody(code)
	} else {
		na = code != http.StatusRequestTimeout && code != http.StatusBadRequest && code < 500
	}
	return fmt.Sprintf("the server answered %d before the request was complete", code), na
}

// refusesBody says whether a status refuses the request for what its head says.
func refusesBody(code int) bool {
	return slices.Contains([]int{
		http.StatusUnauthorized,
		http.StatusForbidden,
		http.StatusNotFound,
		http.StatusMethodNotAllowed,
		http.StatusLengthRequired,
		http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType,
		http.StatusExpectationFailed,
	}, code)
}
