package jsonreport

import (
	"bytes"
	"encoding/json"
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
	var document Document
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	g.Expect(decoder.Decode(&document)).To(Succeed())
	g.Expect(document.FormatVersion).To(Equal(FormatVersion))
	g.Expect(document.Result).To(Equal("FAIL"))
	g.Expect(document.Exit).To(Equal(1))
	g.Expect(document.Summary.Exit()).To(Equal(1), "the document carries what the exit status is made of")
	g.Expect(document.Tally).To(Equal(s.Tally))
	g.Expect(document.Targets).To(Equal(s.Targets))
	g.Expect(document.Batches).To(Equal(s.Batches))
}
