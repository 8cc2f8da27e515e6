package attackers

import (
	"fmt"
	"net/http"
)

// answered says whether a final status shows that the target cannot have this
// stage: it did not wait for what was withheld. At once, any answer says so but one that
// means that something went wrong. What is answered later, and what it means, is the verdict's:
// a server that gives up waiting may answer anything, a refusal included.
func (c *client) answered(settled bool) (string, bool) {
	code := c.reply.Status
	if code == 0 || !c.stage.NeedsHTTP || settled {
		return "", false
	}
	return fmt.Sprintf("the server answered %d before the request was complete", code), !wentWrong(code)
}

// wentWrong says whether a status tells that the request was not served, and not what the target can have.
func wentWrong(code int) bool {
	return code == http.StatusRequestTimeout || code == http.StatusBadRequest || code >= 500
}
