package plan

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
)

// processorTime is what this process has used. Other processes of the machine do not count.
func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // it fails only for a wrong argument
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestAPlanTakesTimeInProportionToItsListeners: 800 listeners took 4.4 s of a processor, and twice as many took four times as long.
func TestAPlanTakesTimeInProportionToItsListeners(t *testing.T) {
	g := NewWithT(t)
	const listeners = 1500
	var text strings.Builder
	text.WriteString("version: 1\nname: many\nimage: x\nlimits: {\"*\": {max: 60s}}\nlisteners:\n")
	for i := range listeners {
		fmt.Fprintf(&text, "  l%d: {port: %d, proto: https}\n", i, i+1)
	}
	parsed, err := target.Parse("many.yaml", []byte(text.String()), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	began := processorTime()
	p, err := Make([]*target.Target{parsed}, Selection{Extent: Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(p.Cells)).To(BeNumerically(">", 10*listeners))
	g.Expect(processorTime()-began).To(BeNumerically("<", 5*time.Second), "quadratic, it takes 15 s")
}
