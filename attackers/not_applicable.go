package attackers

import (
	"errors"
	"fmt"
	"io"

	"stalemate/reports/record"
)

// notApplicable is the error of a stage that the target cannot have. It says why. It is a fact of the connection, such as
// what was negotiated; what the server says of the connection's end is a refusal.
type notApplicable struct{ why string }

func (e notApplicable) Error() string { return e.why }

// fail reports that the stage was not reached, or that the target cannot have it, and
// closes the connection.
func (c *client) fail(err error) {
	if !c.finish() {
		return
	}
	kind, note := record.HoldFailed, ""
	var na notApplicable
	switch {
	case errors.As(err, &na):
		kind, note = record.HoldNotApplicable, na.why
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		note = fmt.Sprintf("%s: %s with %s: the server closed the connection before the stage was reached: %v", c.hold.Stage, c.step, c.hold.Address, err)
	default:
		note = fmt.Sprintf("%s: %s with %s: %v", c.hold.Stage, c.step, c.hold.Address, err)
	}
	c.emit(record.Event{T: record.Now(), Kind: kind, HoldInfo: c.info(), Note: note})
	c.close()
}
