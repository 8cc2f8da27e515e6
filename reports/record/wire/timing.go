package wire

import "time"

// EndGrace is how long the client waits for a FIN or RST after an alert, a close_notify, a GOAWAY, a RST_STREAM or a final
// status. One event then reports both, so the event comes up to this long after the release that it tells of.
const EndGrace = 2 * time.Second
