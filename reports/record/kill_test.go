package record

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// victimOf names, in the environment, the log that the test binary writes to until it is killed.
const victimOf = "STALEMATE_TEST_VICTIM"

// A writer that is killed loses nothing that Write has returned for.
func TestKilledWriterLosesNothing(t *testing.T) {
	if path := os.Getenv(victimOf); path != "" {
		victim(path)
		return
	}
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriterLosesNothing$")
	command.Env = append(os.Environ(), victimOf+"="+path)
	out, err := command.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(command.Start()).To(Succeed())
	told := 0 // the writer says each number after its Write has returned
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if told++; told == 500 {
			g.Expect(command.Process.Kill()).To(Succeed())
		}
	}
	g.Expect(command.Wait()).To(MatchError("signal: killed"))
	events, err := ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(events)).To(BeNumerically(">=", told))
	for i, event := range events {
		g.Expect(event.Note).To(Equal(fmt.Sprint(i)))
	}
	g.Expect(Summarise(events).Exit()).To(Equal(ExitInconclusive))
}

// victim writes events, and says so, for as long as it lives; at most a bounded number.
func victim(path string) {
	log, err := CreateLog(path, "r", []string{"secret"})
	if err := errors.Join(err, log.Publish()); err != nil {
		panic(err)
	}
	for i := range 100_000 {
		if err := log.Write(Event{Kind: Observed, Note: fmt.Sprint(i)}); err != nil {
			panic(err)
		}
		fmt.Println(i)
	}
}
