package plan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestEachListenerHasTheStagesOfItsProtocol(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	var addresses []string
	for _, c := range p.Cells {
		addresses = append(addresses, c.Address)
		if c.Listener.Name == "web" {
			g.Expect(c.Stage.Name).NotTo(HavePrefix("tls."))
		}
	}
	g.Expect(addresses).To(ContainElements("edge/web/tcp.connected/silent", "edge/web/http.headers/trickle",
		"edge/tls/tls.client-hello/silent", "edge/tls/tls.client-hello/trickle", "edge/tls/http.keep-alive/silent"))
	g.Expect(addresses).NotTo(ContainElement(HaveSuffix("keep-alive/trickle")), "a byte ends the keep-alive: no such cell")
	g.Expect(addresses).To(ContainElement("edge/web/http.body/silent"))
	g.Expect(addresses).NotTo(ContainElement("edge/web/http.response/silent"), "the file names no large response")
	g.Expect(addresses).NotTo(ContainElement("edge/tls/tls.finished/silent"), "the file lists the stages of this listener")
	for i, a := range addresses {
		g.Expect(addresses[i+1:]).NotTo(ContainElement(a))
	}
}

// listedOnly are the stages that a listener has only where its file lists them.
func listedOnly(protocol string) []string {
	var names []string
	for _, s := range stages.For(protocol) {
		if s.Presence == stages.WhereListed {
			names = append(names, s.Name)
		}
	}
	return names
}

func TestAStageOnDemandIsHeldWhereItIsListed(t *testing.T) {
	g := NewWithT(t)
	onDemand := listedOnly(stages.HTTPS)
	listing := strings.Replace(file, "stages: [tls.client-hello, http.keep-alive]", "stages: ["+strings.Join(onDemand, ", ")+"]", 1)
	listed, err := plan.Make([]*target.Target{loaded(t, listing+`  "*": {max: 5s}`+"\n")}, plan.Selection{Only: "edge/tls"})
	g.Expect(err).NotTo(HaveOccurred())
	silent := map[string]bool{}
	for _, c := range listed.Cells {
		silent[c.Stage.Name] = silent[c.Stage.Name] || c.Mode == record.Silent
	}
	g.Expect(silent).To(HaveLen(len(onDemand)))
	for _, stage := range onDemand {
		g.Expect(silent[stage]).To(BeTrue(), stage)
	}
	byDefault := strings.Replace(file, ", stages: [tls.client-hello, http.keep-alive]", "", 1)
	usual, err := plan.Make([]*target.Target{loaded(t, byDefault+`  "*": {max: 5s}`+"\n")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range usual.Cells {
		g.Expect(onDemand).NotTo(ContainElement(c.Stage.Name), c.Address)
	}
}

// TestATargetFileMayListWhatTheListenerCanHave compares the target file's own rules with
// the list of stages. Package target cannot import it.
func TestATargetFileMayListWhatTheListenerCanHave(t *testing.T) {
	g := NewWithT(t)
	var schema struct {
		Defs struct{ Stage struct{ Enum []string } } `json:"$defs"`
	}
	g.Expect(json.Unmarshal(target.TargetSchema, &schema)).To(Succeed())
	var listed []string
	for _, s := range stages.All() {
		if s.Presence != stages.WhereDescribed {
			listed = append(listed, s.Name)
		}
	}
	g.Expect(schema.Defs.Stage.Enum).To(ConsistOf(listed))

	for _, protocol := range []string{stages.TCP, stages.TLS, stages.HTTP, stages.HTTPS} {
		var possible []string
		for _, s := range stages.For(protocol) {
			possible = append(possible, s.Name)
		}
		for _, name := range listed {
			listener := fmt.Sprintf("{port: 8443, proto: %s, stages: [%s]}", protocol, name)
			text := strings.Replace(file+limits, "{port: 8443, proto: https, stages: [tls.client-hello, http.keep-alive]}", listener, 1)
			_, err := target.Load(written(t, text), os.LookupEnv)
			if slices.Contains(possible, name) {
				g.Expect(err).NotTo(HaveOccurred(), "%s on %s", name, protocol)
			} else {
				g.Expect(err).To(MatchError(ContainSubstring("cannot have "+name)), protocol)
			}
		}
	}
}
