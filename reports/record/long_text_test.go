package record

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestShorten(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Shorten("short", 5)).To(Equal("short"))
	short := Shorten("begin "+strings.Repeat("x", 1000)+" end", 40)
	g.Expect(short).To(HavePrefix("begin x"))
	g.Expect(short).To(HaveSuffix("x end"))
	g.Expect(short).To(ContainSubstring(" [970 bytes left out] "))
	g.Expect(len(short)).To(BeNumerically("<", 70))
	g.Expect(Shorten(strings.Repeat("ä", 100), 41)).NotTo(ContainSubstring("\uFFFD"), "it cuts between characters")
}

// TestALongTextDoesNotFloodTheLog: a server wrote 2 MiB in one line, which each report had several times.
func TestALongTextDoesNotFloodTheLog(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	log := NewLog(&out, "r", nil)
	var heard Event
	log.Subscribe(func(e Event) { heard = e })
	long := "begin " + strings.Repeat("\x1b", 2<<20) + " end"
	g.Expect(log.Write(Event{Kind: Observed, Note: long, Release: &Release{Detail: long}})).To(Succeed())
	g.Expect(out.Len()).To(BeNumerically("<", 64<<10))
	g.Expect(heard.Note).To(HavePrefix("begin "))
	g.Expect(heard.Note).To(HaveSuffix(" end"))
	g.Expect(len(heard.Release.Detail)).To(BeNumerically("<", 2*LongestText))
	line, err := Event{Kind: Observed, Note: long}.Line()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(line)).To(BeNumerically("<", 6*LongestInPod+1000), "an escape takes six bytes")
}

// TestASecretIsHiddenBeforeTheCut: where the cut went through a secret, its half would not be recognised.
func TestASecretIsHiddenBeforeTheCut(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	log := NewLog(&out, "r", []string{"s3cr3t-of-the-operator"})
	for before := LongestText/2 - 30; before < LongestText; before++ {
		note := strings.Repeat("a", before) + "s3cr3t-of-the-operator" + strings.Repeat("b", 2*LongestText)
		g.Expect(log.Write(Event{Kind: Observed, Note: note})).To(Succeed())
	}
	g.Expect(out.String()).NotTo(ContainSubstring("s3"))
}
