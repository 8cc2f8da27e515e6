package leftover

import (
	"sort"

	"stalemate/reports/record"
)

// Difference is what changed between two lists.
type Difference struct {
	Appeared []record.Leftover // only in the second
	Gone     []record.Leftover // only in the first
	Replaced []record.Leftover // the same name, another object (inode or id); as in the second
	Kept     []record.Leftover // in both, as in the second
}

// identity is what a successor meets: the name of a file, the key of a SysV
// object. Objects without a key cannot be met; they are told apart by their id.
func identity(l record.Leftover) string {
	if isSysV(l.Kind) && l.Key != privateKey {
		return l.Kind + " " + l.Key
	}
	if isSysV(l.Kind) {
		return l.Kind + " " + l.Name
	}
	return l.Name
}

// privateKey is IPC_PRIVATE, or a segment whose removal waits for its last process.
const privateKey = "0x00000000"

func isSysV(kind string) bool { return kind == SysVShm || kind == SysVSem || kind == SysVMsg }

// Compare tells what appeared and what went between two lists of the same
// places. Both may be in any order; the results are sorted by kind and name. An
// object that has the same name and another inode (or, of a SysV object, another
// id) was replaced; where one list has no inodes (InLayer), kept is assumed.
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

// ByIncarnation tells for each list, given in the order of the incarnations,
// what was new in it: what appeared or was replaced since the list before it.
// The first is compared with base.
func ByIncarnation(base []record.Leftover, lists ...[]record.Leftover) [][]record.Leftover {
	appeared := make([][]record.Leftover, 0, len(lists))
	for _, list := range lists {
		d := Compare(base, list)
		news := append(d.Appeared, d.Replaced...)
		Sort(news)
		appeared = append(appeared, news)
		base = list
	}
	return appeared
}

// Sort orders a list by kind, then by name.
func Sort(list []record.Leftover) {
	sort.SliceStable(list, func(i, j int) bool {
		if list[i].Kind != list[j].Kind {
			return list[i].Kind < list[j].Kind
		}
		return list[i].Name < list[j].Name
	})
}
