package run

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// maxFrames is how many callers of a panic a report names.
const maxFrames = 6

// Survive does one part of a run. A panic there, which is a bug in stalemate, is its error: the cells of this part are inconclusive,
// its pod is removed, and the other parts go on.
func Survive(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v: this is a bug in stalemate, at %s", r, callers())
		}
	}()
	return work()
}

// callers are the lines of stalemate that led to a panic, the innermost first.
func callers() string {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters)]) // without Callers, this function and the deferred one
	var lines []string
	for more := true; more && len(lines) < maxFrames; {
		var f runtime.Frame
		f, more = frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			lines = append(lines, fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line))
		}
	}
	return strings.Join(lines, " < ")
}
