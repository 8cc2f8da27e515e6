//go:build !linux

package proc

// calls is empty where there is no /proc.
var calls map[int64]call
