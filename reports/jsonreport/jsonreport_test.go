package jsonreport

import (
	"bytes"
	"strings"
	"testing"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

func TestRoundTrip(t *testing.T) {
	g := NewWithT(t)
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	g.Expect(err).NotTo(HaveOccurred())
	s := record.Summarise(events)
	var out bytes.Buffer
	g.Expect(Write(&out, s)).To(Succeed())
	document, err := Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(document.Result).To(Equal("FAIL"))
	g.Expect(document.Exit).To(Equal(1))
	g.Expect(document.Summary.Exit()).To(Equal(1), "the document carries what the exit status is made of")
	g.Expect(document.Tally).To(Equal(s.Tally))
	g.Expect(document.Targets).To(Equal(s.Targets))
	g.Expect(document.Waves).To(Equal(s.Waves))
}

func TestAnotherVersionIsRefused(t *testing.T) {
	_, err := Read(strings.NewReader(`{"format_version": 2}`))
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("format version 2")))
}
