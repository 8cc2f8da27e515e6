package terminal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// goldenFolder has one text for each ending of a run that people meet. Read them as a user: -update writes them anew.
const goldenFolder = "../testdata/terminal"

// story is a run of a small shop, as its log tells it.
type story struct {
	cells  []record.Event
	middle []record.Event
}

// shop is a run in which every cell is as its file says.
func shop() *story {
	s := &story{}
	limit := func(kind record.LimitKind, seconds float64, by, source string) *record.Limit {
		return &record.Limit{Kind: kind, Seconds: seconds, TooEarly: 0.25, TooLate: 0.5, By: by, Source: source}
	}
	for _, c := range []struct {
		cell  string
		limit *record.Limit
	}{
		{"tls/tls.client-hello/silent", limit(record.Absolute, 10, "client_header_timeout", "shop.yaml:7")},
		{"tls/tls.client-hello/trickle", limit(record.Absolute, 10, "client_header_timeout", "shop.yaml:7")},
		{"tls/http.body/silent", limit(record.Idle, 15, "client_body_timeout", "shop.yaml:8")},
		{"tls/http.keep-alive/silent", limit(record.Idle, 3, "keepalive_timeout", "shop.yaml:9")},
	} {
		took := c.limit.Seconds
		freed := 0.01
		s.cells = append(s.cells, record.Event{Kind: record.CellPlanned, Target: "shop", Cell: "shop/" + c.cell,
			Plan: &record.Plan{Suite: "timeouts", Expect: record.Fired, Limit: c.limit, Cap: 20, Holds: 1, File: "shop.yaml"}},
			record.Event{Kind: record.CellJudged, Target: "shop", Cell: "shop/" + c.cell, Verdict: &record.Judgement{Verdict: record.Fired, Expect: record.Fired,
				Status: record.Passed, Took: took, Holds: []record.HoldResult{{Released: &took, By: record.ByFIN, Worker: &freed}}}})
	}
	canary := record.Judgement{Verdict: record.Fired, Expect: record.Fired, Status: record.Passed, Took: 2}
	s.cells = append(s.cells, record.Event{Kind: record.CellPlanned, Target: "canary-false-limit", Cell: "canary-false-limit/web/http.headers/silent",
		Plan: &record.Plan{Suite: "timeouts", Expect: record.Fired, Canary: true}},
		record.Event{Kind: record.CanaryChecked, Target: "canary-false-limit", Cell: "canary-false-limit/web/http.headers/silent", Verdict: &canary},
		record.Event{Kind: record.CellJudged, Target: "canary-false-limit", Cell: "canary-false-limit/web/http.headers/silent", Verdict: &canary})
	return s
}

// judged changes the judgement of the cells whose address contains a text.
func (s *story) judged(of string, change func(*record.Judgement)) *story {
	for i := range s.cells {
		if e := s.cells[i]; e.Verdict != nil && strings.Contains(e.Cell, of) {
			change(s.cells[i].Verdict)
		}
	}
	return s
}

// without makes cells inconclusive, and says why.
func (s *story) without(of, why string) *story {
	return s.judged(of, func(j *record.Judgement) {
		*j = record.Judgement{Verdict: record.Inconclusive, Expect: record.Fired, Status: record.Unknown, Message: "inconclusive: " + why}
	})
}

// podFailed adds a pod that failed.
func (s *story) podFailed(why string) *story {
	s.middle = append(s.middle, record.Event{Kind: record.PodFailed, Target: "shop", Pod: "shop", Note: why})
	return s
}

// ended is the summary after some seconds.
func (s *story) ended(seconds float64, stopped string) record.Summary {
	events := append([]record.Event{{Kind: record.RunStarted, RunInfo: &record.RunInfo{}}}, s.cells...)
	events = append(append(events, s.middle...), record.Event{Kind: record.RunEnded, T: 1 + int64(seconds*1e9), RunInfo: &record.RunInfo{Stopped: stopped}})
	for i := range events {
		events[i].Run = "r"
		events[i].T = max(1, events[i].T)
	}
	return record.Summarise(events)
}

// stories are the runs of the golden files.
func stories() map[string]record.Summary {
	const missing = "start target shop: image of target shop: image example/shop:1.29 is not in the engine and cannot be pulled: build or load it, " +
		"or correct its name: pull example/shop:1.29: pull access denied"
	const port = "start target shop: target shop was not ready within 20s: listener tls, port 8443: dial with 10.0.0.2:8443: connect: connection refused " +
		"(asked 198 times, got as far as \"\"); nothing listens on that port of the pod's address: the server listens on 443: correct the port"
	never := func(j *record.Judgement) {
		*j = record.Judgement{Verdict: record.Never, Expect: record.Fired, Status: record.Failed, Severity: record.High, Took: 20,
			Holds: []record.HoldResult{{By: record.ByNothing, WorkerKept: true}}, Evidence: []string{"the connection is still owned by PID 31 (nginx)"}}
	}
	same := record.Compared{Cell: "tls/http.body/silent", Outcome: record.OutcomeSame}
	why := func(outcome record.Outcome, why string) record.Compared {
		return record.Compared{Cell: "tls/http.body/silent", Outcome: outcome, Why: why}
	}
	stopped := compared(record.High, why(record.OutcomeInconclusive, "candidate: interrupted by SIGINT before this cell was judged"))
	stopped.Stopped, stopped.Problems = "interrupted by SIGINT", []string{"the run was stopped: interrupted by SIGINT"}
	return map[string]record.Summary{
		"check-green":         shop().ended(18, ""),
		"check-one-failure":   shop().judged("keep-alive", never).ended(26, ""),
		"check-missing-image": shop().without("shop/", missing).podFailed(missing).ended(4, ""),
		"check-wrong-port":    shop().without("shop/", port).podFailed(port).ended(27, ""),
		"check-interrupted":   shop().without("shop/tls/http", "interrupted by SIGINT before this cell was judged").podFailed("start pod shop: interrupted by SIGINT").ended(12, "interrupted by SIGINT"),
		"check-budget":        shop().without("http", "the --budget of 6m0s ran out before this cell was judged").ended(360, "the --budget of 6m0s ran out"),
		"compare-green":       compared(record.High, same, record.Compared{Cell: "tls/http.keep-alive/silent", Outcome: record.OutcomeSame}),
		"compare-one-failure": compared(record.High, same, regressed("tls/tls.client-hello/trickle", record.High)),
		"compare-below":       compared(record.High, same, regressed("tls/tls.client-hello/trickle", record.Medium)),
		"compare-wrong-port":  compared(record.High, why(record.OutcomeInconclusive, "candidate: "+port)),
		"compare-interrupted": stopped,
	}
}

func TestEveryEndingOfARunIsGolden(t *testing.T) {
	seen := map[string]bool{}
	for name, s := range stories() {
		for kind, o := range map[string]Options{"80-columns": {Width: 80, Colour: true}, "no-terminal": {Width: DefaultWidth}} {
			t.Run(name+"."+kind, func(t *testing.T) {
				o.Reports, o.Log = []string{"reports/out/events.jsonl"}, "reports/out/events.jsonl"
				golden(t, filepath.Join(goldenFolder, name+"."+kind+".txt"), strings.ReplaceAll(drawn(t, s, o), "\x1b", "<ESC>"))
			})
			seen[name+"."+kind+".txt"] = true
		}
	}
	g := NewWithT(t)
	files, err := os.ReadDir(goldenFolder)
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		g.Expect(seen).To(HaveKey(file.Name()), "a golden file that no test draws")
		text, err := os.ReadFile(filepath.Join(goldenFolder, file.Name()))
		g.Expect(err).NotTo(HaveOccurred())
		for row := range strings.Lines(string(text)) {
			if strings.HasPrefix(row, "    again ") || strings.HasPrefix(row, "repro: ") { // a command stays in one piece
				continue
			}
			row = strings.TrimRight(row, "\n")
			for _, sequence := range []string{"<ESC>[0m", "<ESC>[1m", "<ESC>[31;1m", "<ESC>[32;1m", "<ESC>[33;1m", "<ESC>[32m", "<ESC>[33m"} {
				row = strings.ReplaceAll(row, sequence, "")
			}
			width := DefaultWidth
			if strings.Contains(file.Name(), "80-columns") {
				width = 80
			}
			g.Expect(utf8.RuneCountInString(row)).To(BeNumerically("<=", width), "%s: %s", file.Name(), row)
		}
	}
}

// golden compares a text with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	g := NewWithT(t)
	if *update {
		g.Expect(os.WriteFile(path, []byte(got), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is missing: go test ./reports/terminal -update writes it", path)
	}
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(Equal(string(want)))
}
