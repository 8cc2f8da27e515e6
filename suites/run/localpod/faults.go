//go:build linux

package localpod

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The variables of the environment that break the server. Each but the last is a duration.
const (
	ListensAfterVariable = "LOCALPOD_LISTENS_AFTER" // from the start
	PartAfterVariable    = "LOCALPOD_PART_AFTER"    // from the start; before it PartPath answers 503
	PartUntilVariable    = "LOCALPOD_PART_UNTIL"    // from the first answer; after it PartPath answers 503
	PartAgainVariable    = "LOCALPOD_PART_AGAIN"    // from the first answer; after it PartPath is served again
	DiesAfterVariable    = "LOCALPOD_DIES_AFTER"    // from the first answer; it exits with DeathStatus
	StopsAfterVariable   = "LOCALPOD_STOPS_AFTER"   // from SIGTERM
	BrokenByVariable     = "LOCALPOD_BROKEN_BY"     // a file below the root: without it at the start, nothing is broken
)

// PartPath is the part of the server that PartAfterVariable breaks.
const PartPath = "/part"

// DeathStatus is the exit status of a server that dies by itself.
const DeathStatus = 7

// faults are what is wrong with the server. Without any it is sound.
type faults struct {
	began                                          time.Time
	listensAfter, partAfter, diesAfter, stopsAfter time.Duration
	partUntil, partAgain                           time.Duration
}

// faultsOf reads the faults from the environment.
func faultsOf(getenv func(string) string) (*faults, error) {
	f := &faults{began: time.Now()}
	if name := getenv(BrokenByVariable); name != "" {
		if _, err := os.Stat(filepath.Join(getenv(RootVariable), name)); err != nil {
			return f, nil
		}
	}
	for name, value := range map[string]*time.Duration{ListensAfterVariable: &f.listensAfter, PartAfterVariable: &f.partAfter,
		PartUntilVariable: &f.partUntil, PartAgainVariable: &f.partAgain, DiesAfterVariable: &f.diesAfter, StopsAfterVariable: &f.stopsAfter} {
		text := getenv(name)
		if text == "" {
			continue
		}
		var err error
		if *value, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return f, nil
}

// awaitListening and awaitStopping are where the server is slow.
func (f *faults) awaitListening() { <-time.After(f.listensAfter) }
func (f *faults) awaitStopping()  { <-time.After(f.stopsAfter) }

// handler breaks the server's answers.
func (f *faults) handler(serve http.Handler) http.Handler {
	first := sync.OnceValue(func() time.Time {
		if f.diesAfter > 0 {
			time.AfterFunc(f.diesAfter, func() { os.Exit(DeathStatus) })
		}
		return time.Now()
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.partBroken(first()) && r.URL.Path == PartPath {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// partBroken says whether PartPath is broken now. first is when the server first answered.
func (f *faults) partBroken(first time.Time) bool {
	answering := time.Since(first)
	lapsed := f.partUntil > 0 && answering > f.partUntil && (f.partAgain == 0 || answering < f.partAgain)
	return lapsed || time.Since(f.began) < f.partAfter
}
