package leftover

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// CheckPattern says what is wrong with a pattern of Matches: an unknown kind, or a name that path.Match refuses. Without this
// check a misspelt pattern would match nothing.
func CheckPattern(pattern string) error {
	kind, name, both := strings.Cut(pattern, " ")
	if !both {
		kind, name = "", pattern
	}
	if kind != "" && !slices.Contains(Kinds(), kind) {
		return fmt.Errorf("pattern %q of leftovers: unknown kind %q; known are %s", pattern, kind, strings.Join(Kinds(), ", "))
	}
	if _, err := path.Match(name, ""); err != nil || name == "" {
		return fmt.Errorf("pattern %q of leftovers: %q is no pattern of a name: %w", pattern, name, errors.Join(err))
	}
	return nil
}

// Kinds are all kinds of a leftover.
func Kinds() []string {
	return []string{File, Directory, Symlink, FIFO, Socket, PIDFile, Lock, PosixShm, SysVShm, SysVSem, SysVMsg}
}

// Matches says whether a pattern means a leftover: an optional kind, a space, and a name as for
// path.Match. A name without a slash is compared with the last part of the leftover's.
func Matches(pattern string, l record.Leftover) bool {
	kind, name, both := strings.Cut(pattern, " ")
	if !both {
		kind, name = "", pattern
	}
	if kind != "" && kind != l.Kind {
		return false
	}
	of := l.Name
	if !strings.Contains(name, "/") {
		of = path.Base(of)
	}
	matches, err := path.Match(name, of)
	return err == nil && matches
}
