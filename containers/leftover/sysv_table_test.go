package leftover

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

const shmTable = `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
-106299390          0   600                  1000  4242  4245      3     0     0     0     0 1795311715          0 1795311715                  4096                     0
         0          1  1600                 96312  4242  4245      3     0     0     0     0 1795311715          0 1795311715                 53248                     0
`

const semTable = `       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime
         0          3   600          1    33    33     0     0          0 1795311715
`

const msgTable = `       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime
        17          4   644           12          1     7     0  1000  1000  1000  1000          0          0 1795311715
`

func TestParseSysV(t *testing.T) {
	g := NewWithT(t)
	shm, err := ParseSysV(SysVShm, strings.NewReader(shmTable))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(shm).To(Equal([]record.Leftover{
		{Kind: SysVShm, Name: "id 0", Key: "0xf9aa0002", Owner: "0", Mode: "0600", Size: 1000, CPID: 4242, Attach: 3},
		{Kind: SysVShm, Name: "id 1", Key: "0x00000000", Owner: "0", Mode: "0600", Size: 96312, CPID: 4242, Attach: 3},
	}))
	sem, err := ParseSysV(SysVSem, strings.NewReader(semTable))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(sem).To(Equal([]record.Leftover{{Kind: SysVSem, Name: "id 3", Key: "0x00000000", Owner: "33", Mode: "0600", Size: 1}}))
	msg, err := ParseSysV(SysVMsg, strings.NewReader(msgTable))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(msg).To(Equal([]record.Leftover{{Kind: SysVMsg, Name: "id 4", Key: "0x00000011", Owner: "1000", Mode: "0644", Size: 12}}))
}

func TestParseSysVSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ kind, table, want string }{
		"no heading":    {SysVShm, "", "no heading"},
		"a column less": {SysVShm, strings.Replace(shmTable, "  1000  4242", "  4242", 1), "15 values under 16 columns"},
		"no number":     {SysVShm, strings.Replace(shmTable, "-106299390", "x", 1), "column key"},
		"other table":   {SysVShm, semTable, "column shmid"},
		"unknown kind":  {File, shmTable, "unknown kind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSysV(c.kind, strings.NewReader(c.table))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.want)))
		})
	}
}

func FuzzParseSysV(f *testing.F) {
	f.Add(SysVShm, shmTable)
	f.Add(SysVSem, semTable)
	f.Add(SysVMsg, msgTable)
	f.Fuzz(func(t *testing.T, kind, table string) {
		found, err := ParseSysV(kind, strings.NewReader(table))
		if err != nil {
			return
		}
		for _, l := range found {
			if l.Kind != kind || len(l.Key) != len(privateKey) || !strings.HasPrefix(l.Name, "id ") {
				t.Errorf("nonsense accepted: %+v", l)
			}
		}
	})
}
