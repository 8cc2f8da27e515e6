package leftover

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func file(name string, inode uint64) record.Leftover {
	return record.Leftover{Kind: File, Name: name, Inode: inode}
}

func segment(id, key string) record.Leftover {
	return record.Leftover{Kind: SysVShm, Name: "id " + id, Key: key}
}

func names(list []record.Leftover) []string {
	var all []string
	for _, l := range list {
		all = append(all, l.Name)
	}
	return all
}

func TestCompare(t *testing.T) {
	g := NewWithT(t)
	d := Compare(
		[]record.Leftover{file("/run/a", 1), file("/run/b", 2), file("/run/c", 3), segment("0", "0x01"), segment("1", privateKey)},
		[]record.Leftover{file("/run/d", 2), file("/run/c", 9), file("/run/a", 1), segment("7", "0x01"), segment("8", privateKey)},
	)
	g.Expect(names(d.Appeared)).To(Equal([]string{"/run/d", "id 8"}))
	g.Expect(names(d.Gone)).To(Equal([]string{"/run/b", "id 1"}))
	g.Expect(names(d.Replaced)).To(Equal([]string{"/run/c", "id 7"}), "another inode, another segment under the same key")
	g.Expect(names(d.Kept)).To(Equal([]string{"/run/a"}))
	for _, l := range append(d.Appeared, d.Replaced...) {
		g.Expect(l.New).To(BeTrue(), l.Name)
	}
}

func TestCompareWithoutInodesKeeps(t *testing.T) {
	d := Compare([]record.Leftover{file("/run/a", 0)}, []record.Leftover{file("/run/a", 5)})
	NewWithT(t).Expect(names(d.Kept)).To(Equal([]string{"/run/a"}))
}

func TestOneKeyInTwoTablesIsTwoObjects(t *testing.T) {
	sem := segment("0", "0x01")
	sem.Kind = SysVSem
	d := Compare([]record.Leftover{segment("0", "0x01")}, []record.Leftover{sem})
	NewWithT(t).Expect(names(d.Appeared)).To(Equal([]string{"id 0"}))
}
