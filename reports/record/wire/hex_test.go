package wire

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestBytesInHexadecimal(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Bytes("00 00 00 08\n04d2 16 2F")).To(Equal([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}))
	g.Expect(BytePattern("53 ?? ffFF")).To(Equal([]int{0x53, AnyByte, 0xff, 0xff}))
	for _, wrong := range []string{"0", "0g", "5?", "??0"} {
		_, err := BytePattern(wrong)
		g.Expect(err).To(HaveOccurred(), wrong)
	}
	_, err := BytePattern(" ")
	g.Expect(err).To(MatchError("no byte"))
	_, err = Bytes("4")
	g.Expect(err).To(HaveOccurred())
}
