package proc

// archCalls are the calls that only this architecture has: none.
func archCalls() map[int64]call { return nil }
