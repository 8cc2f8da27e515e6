package inspect

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0B00007F:9C3D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 100 0 0 10 0
   2: 020011AC:0050 030011AC:D431 01 00000000:00000000 00:00000000 00000000     0        0 12347 1 0000000000000000 100 0 0 10 0
`

const tcp6Table = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 778 1 0000000000000000 100 0 0 10 0
`

func TestListening(t *testing.T) {
	g := NewWithT(t)
	table, err := proc.ParseTCPTable(tcpTable)
	g.Expect(err).NotTo(HaveOccurred())
	four := listening(table)
	g.Expect(four).To(Equal([]Listener{{Address: "0.0.0.0", Port: 80, Inode: 12345}, {Address: "127.0.0.11", Port: 0x9C3D, Inode: 12346}}))
	g.Expect(four[0].Loopback()).To(BeFalse())
	g.Expect(four[1].Loopback()).To(BeTrue())
	table, err = proc.ParseTCPTable(tcp6Table)
	g.Expect(err).NotTo(HaveOccurred())
	six := listening(table)
	g.Expect(six).To(Equal([]Listener{{Address: "::", Port: 443, Inode: 777}, {Address: "::1", Port: 8080, Inode: 778}}))
	g.Expect(six[1].Loopback()).To(BeTrue())
	_, err = proc.ParseTCPTable("heading\n   0: 00000000:0050\n")
	g.Expect(err).To(MatchError(ContainSubstring("line 2: 2 fields")))
}

func FuzzListening(f *testing.F) {
	f.Add(tcpTable)
	f.Add(tcp6Table)
	f.Fuzz(func(t *testing.T, text string) {
		table, err := proc.ParseTCPTable(text)
		for _, l := range listening(table) {
			if err == nil && (l.Port < 0 || l.Port > 65535 || l.Address == "") {
				t.Errorf("%+v", l)
			}
		}
	})
}
