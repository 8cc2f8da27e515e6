package leftover

import (
	"sort"

	"stalemate/reports/record"
)

// Difference is what changed between two lists.
type Difference struct {
	Appeared []record.Leftover // only in the second
	Gone     []record.Leftover // only in the first
	Replaced []record.Leftover // the same name and another inode or id; as in the second
	Kept     []record.Leftover // in both, as in the second
}

// identity is what the next server finds taken: the name of a file, the key of a SysV object. An object without a key is
// identified by its id.
func identity(l record.Leftover) string {
	if isSysV(l.Kind) && l.Key != privateKey {
		return l.Kind + " " + l.Key
	}
	if isSysV(l.Kind) {
		return l.Kind + " " + l.Name
	}
	return l.Name
}

// privateKey is IPC_PRIVATE, and the key of a removed segment that a process still uses.
const privateKey = "0x00000000"

func isSysV(kind string) bool { return kind == SysVShm || kind == SysVSem || kind == SysVMsg }

// Compare compares two lists of the same places. The lists may be in any order; the result is sorted by kind and name. An object
// was replaced if it has the same name and another inode, or for SysV objects another id. Without inode numbers (package layer)
// it counts as kept.
func Compare(before, after []record.Leftover) Difference {
	was := make(map[string]record.Leftover, len(before))
	for _, l := range before {
		was[identity(l)] = l
	}
	var d Difference
	for _, l := range after {
		old, ok := was[identity(l)]
		delete(was, identity(l))
		switch {
		case !ok:
			l.New = true
			d.Appeared = append(d.Appeared, l)
		case replaced(old, l):
			l.New = true
			d.Replaced = append(d.Replaced, l)
		default:
			d.Kept = append(d.Kept, l)
		}
	}
	for _, l := range was {
		d.Gone = append(d.Gone, l)
	}
	for _, list := range [][]record.Leftover{d.Appeared, d.Gone, d.Replaced, d.Kept} {
		Sort(list)
	}
	return d
}

func replaced(old, l record.Leftover) bool {
	if isSysV(l.Kind) {
		return old.Name != l.Name
	}
	return old.Inode != 0 && l.Inode != 0 && old.Inode != l.Inode
}

// Sort sorts a list by kind, then by name.
func Sort(list []record.Leftover) {
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].Kind != list[j].Kind {
			return list[i].Kind < list[j].Kind
		}
		return list[i].Name < list[j].Name
	})
}
