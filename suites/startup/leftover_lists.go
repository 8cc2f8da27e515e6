package startup

import (
	"fmt"
	"path"
	"strings"

	"stalemate/containers/leftover"
	"stalemate/reports/record"
)

// matching are the leftovers of a list whose name matches, and whose kind is the given one; "" is any.
func matching(list []record.Leftover, kind, pattern string) []record.Leftover {
	var found []record.Leftover
	for _, l := range list {
		if ok, _ := path.Match(pattern, l.Name); (ok || pattern == "*") && (kind == "" || kind == l.Kind) {
			found = append(found, l)
		}
	}
	return found
}

// names is a list in one line, files without their directories.
func names(list []record.Leftover) string {
	var all []string
	for _, l := range list {
		if l.Kind == leftover.Directory {
			continue
		}
		text := l.Kind + " " + l.Name
		if l.Key != "" {
			text += " key " + l.Key
		}
		all = append(all, text)
	}
	const shown = 6
	if len(all) > shown {
		all = append(all[:shown], fmt.Sprintf("and %d more", len(all)-shown))
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

// removable are those of a list that can be removed while the target is down: IPC objects with a key, and files on the pod's
// tmpfs. Nothing can be removed from the layer of a dead container. The kernel removes a segment without a key with its
// last process.
func removable(list []record.Leftover, volatile func(name string) bool) []leftover.Object {
	const private = "0x00000000"
	var all []leftover.Object
	for _, l := range list {
		switch {
		case l.Kind == leftover.PosixShm:
			all = append(all, leftover.Object{Kind: l.Kind, Name: path.Base(l.Name)})
		case isIPC(l.Kind) && l.Key != "" && l.Key != private:
			all = append(all, leftover.Object{Kind: l.Kind, Key: l.Key})
		case !isIPC(l.Kind) && volatile(l.Name):
			all = append(all, leftover.Object{Kind: l.Kind, Name: l.Name})
		}
	}
	return all
}
