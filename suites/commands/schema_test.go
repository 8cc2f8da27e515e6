package commands

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
)

func TestSchemasCanBeHadFromTheBinary(t *testing.T) {
	g := NewWithT(t)
	for id, args := range map[string][]string{
		"urn:stalemate:target:1": {"schema"}, "urn:stalemate:policy:1": {"schema", "policy"},
		"urn:stalemate:waivers:1": {"schema", "waivers"}, "urn:stalemate:report:2": {"schema", "report"},
	} {
		code, out, errOut := streams(args...)
		g.Expect(code).To(Equal(ExitOK), errOut)
		var schema struct {
			ID string `json:"$id"`
		}
		g.Expect(json.Unmarshal([]byte(out), &schema)).To(Succeed())
		g.Expect(schema.ID).To(Equal(id))
	}
	code, _, errOut := streams("schema", "log")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(errOut).To(ContainSubstring(`invalid argument "log"`))
}
