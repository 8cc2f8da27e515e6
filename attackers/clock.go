package attackers

import (
	"time"

	"stalemate/reports/record"
)

// at turns a time of record.Now into the time that deadlines and timers take.
func at(mono int64) time.Time { return time.Now().Add(time.Duration(mono - record.Now())) }
