//go:build !linux

package proc

// calls is empty: other systems have no /proc/PID/syscall.
var calls map[int64]call
