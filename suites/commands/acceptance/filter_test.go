package acceptance_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestAFilterStartsOnlyThePodsThatItNeeds runs a suite with the ginkgo command, as a person does, once for each way to filter.
func TestAFilterStartsOnlyThePodsThatItNeeds(t *testing.T) {
	needsEngine(t)
	for _, c := range []struct {
		name   string
		filter []string
		cells  []string // that have a spec
		pods   []string // of targets, canaries left out
	}{
		{"labels", []string{"--label-filter", "target: nginx && stage: http.keep-alive && mode: silent"},
			[]string{"nginx/tls12/http.keep-alive/silent", "nginx/tls13/http.keep-alive/silent", "nginx/web/http.keep-alive/silent"}, []string{"nginx"}},
		{"focus", []string{"--focus", "nginx/web/http.body/silent"}, []string{"nginx/web/http.body/silent"}, []string{"nginx"}},
		{"several processes", []string{"-p", "--label-filter", "target: nginx && listener: web && stage: http.keep-alive && mode: silent"},
			[]string{"nginx/web/http.keep-alive/silent"}, []string{"nginx"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			arguments := append([]string{"tool", "ginkgo", "--no-color", "--junit-report=junit.xml", "--output-dir=" + dir}, c.filter...)
			cmd := exec.CommandContext(t.Context(), "go", append(arguments, "./suites/timeouts")...)
			cmd.Dir = moduleRoot
			out, err := cmd.CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred(), "%s", out)
			events, err := record.ReadFile(filepath.Join(moduleRoot, "reports", "out", "timeouts", "events.jsonl"))
			g.Expect(err).NotTo(HaveOccurred())
			pods := podsOf(events)
			g.Expect(pods).To(ContainElements("canary-false-limit", "canary-never-releases"))
			g.Expect(slices.DeleteFunc(pods, func(name string) bool { return strings.HasPrefix(name, "canary") })).To(Equal(c.pods))
			g.Expect(asserted(events)).To(Equal(c.cells))
			g.Expect(passedIn(t, filepath.Join(dir, "junit.xml"))).To(Equal(len(c.cells)))
		})
	}
}

// podsOf names the targets whose pods were started.
func podsOf(events []record.Event) []string {
	var names []string
	for _, e := range events {
		if e.Kind == record.PodStarted {
			names = append(names, e.Target)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// asserted are the cells whose specs passed.
func asserted(events []record.Event) []string {
	var addresses []string
	for _, e := range events {
		if e.Kind == record.SpecEnded && e.Spec.State == record.SpecPassed {
			addresses = append(addresses, e.Cell)
		}
	}
	slices.Sort(addresses)
	return addresses
}

// passedIn counts the specs that passed in a JUnit report of Ginkgo's.
func passedIn(t *testing.T, path string) int {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var report struct {
		Suites []struct {
			Cases []struct {
				Name   string `xml:"name,attr"`
				Status string `xml:"status,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	g.Expect(xml.Unmarshal(text, &report)).To(Succeed())
	passed := 0
	for _, suite := range report.Suites {
		for _, one := range suite.Cases {
			if one.Status == "passed" && strings.HasPrefix(one.Name, "[It]") {
				passed++
			}
		}
	}
	return passed
}
