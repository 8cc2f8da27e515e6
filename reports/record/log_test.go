package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

func TestLogFillsRunAndTime(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	log := NewLog(&out, "r1", nil)
	before := Now()
	g.Expect(log.Write(Event{Kind: RunStarted})).To(Succeed())
	g.Expect(log.Write(Event{Kind: RunEnded, Run: "other", T: 7})).To(Succeed())
	events, err := Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(2))
	g.Expect(events[0].Run).To(Equal("r1"))
	g.Expect(events[0].T).To(And(BeNumerically(">=", before), BeNumerically("<=", Now())))
	g.Expect(events[1]).To(Equal(Event{Kind: RunEnded, Run: "other", T: 7}))
}

func TestLogIsSafeForManyWriters(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "new", "log.jsonl")
	log, err := CreateLog(path, "r1", []string{"s3cret"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	var heard []string
	log.Subscribe(func(e Event) { heard = append(heard, e.Note) })
	const writers, each = 16, 50
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := log.Write(Event{Kind: Observed, Target: "t", Note: fmt.Sprintf("%d.%d s3cret", w, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	g.Expect(log.Close()).To(Succeed())
	events, err := ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	var written []string
	for _, event := range events {
		written = append(written, event.Note)
	}
	g.Expect(written).To(HaveLen(writers * each))
	g.Expect(heard).To(Equal(written), "subscribers hear what the log holds, in its order")
	g.Expect(strings.Join(written, " ")).NotTo(ContainSubstring("s3cret"))
}

// Each line is in the file when Write returns: nothing waits in a buffer for a Close that a kill prevents.
func TestLogIsInTheFileAtOnce(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	log, err := CreateLog(path, "r1", nil)
	g.Expect(err).NotTo(HaveOccurred())
	defer log.Close()
	g.Expect(log.Publish()).To(Succeed())
	for n := 1; n <= 3; n++ {
		g.Expect(log.Write(Event{Kind: Observed, Note: "x"})).To(Succeed())
		held, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(bytes.Count(held, []byte("\n"))).To(Equal(n))
	}
}

func TestLogKeepsItsFirstError(t *testing.T) {
	g := NewWithT(t)
	log := NewLog(broken{}, "r1", nil)
	g.Expect(log.Write(Event{Kind: Observed})).To(MatchError(errDisk))
	g.Expect(log.Err()).To(MatchError(errDisk))
	g.Expect(log.Close()).To(MatchError(errDisk))
}

var errDisk = errors.New("no space left on device")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errDisk }

func TestSecretsAreHidden(t *testing.T) {
	secrets := []string{
		"hunter2", `quo"te\and<angle>&`, "Basic dXNlcjpwYXNz+/==", "line one is long\nline two is long", "ünïcode", "never", "a b?c",
		"abcdef", "defghi",
	}
	for _, secret := range secrets {
		t.Run(secret, func(t *testing.T) {
			g := NewWithT(t)
			var out bytes.Buffer
			log := NewLog(&out, "r1", secrets)
			quoted := fmt.Sprintf("%q", secret)
			nested, err := json.Marshal(map[string]string{"k": secret})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(log.Write(Event{Kind: CellJudged, Target: "t", Cell: "t/a/b/c", Note: "x" + secret + "y" + quoted + string(nested),
				RunInfo: &RunInfo{Versions: map[string]string{"v": secret}},
				Verdict: &Judgement{Verdict: Never, Status: Failed, Holds: []HoldResult{{By: ByFIN, Detail: "by " + secret}}, Message: secret}})).To(Succeed())
			line := out.String()
			events, err := Read(strings.NewReader(line))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(events).To(HaveLen(1))
			texts := events[0].Note + events[0].Verdict.Message + events[0].RunInfo.Versions["v"] + events[0].Verdict.Holds[0].Detail
			for _, form := range []string{secret, quoted[1 : len(quoted)-1], inner(quoteJSON(secret))} {
				g.Expect(texts).NotTo(ContainSubstring(form))
			}
			g.Expect(events[0].Kind).To(Equal(CellJudged))
			g.Expect(events[0].Verdict.Verdict).To(Equal(Never), "a word of ours is no secret where it is a word")
			g.Expect(events[0].Verdict.Holds[0].By).To(Equal(ByFIN))
		})
	}
}

func TestSecretsThatOverlapAreHiddenAsOne(t *testing.T) {
	g := NewWithT(t)
	g.Expect(newMasks([]string{"abcd", "cdef", "", "abcd"}).text("-abcdef-abcd-")).To(Equal("-***-***-"))
	g.Expect(newMasks([]string{""})).To(BeNil())
	g.Expect(newMasks([]string{"aa"}).text("xaaaay")).To(Equal("x***y"))
}

func TestReadLeavesOutACutLastLine(t *testing.T) {
	g := NewWithT(t)
	const two = `{"run":"r","t":1,"kind":"run.started"}` + "\n" + `{"run":"r","t":2,"kind":"run.ended"}`
	events, err := Read(strings.NewReader(two))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(2), "a last line that lacks nothing but its newline is whole")
	for cut := 1; cut < 37; cut++ {
		events, err := Read(strings.NewReader(two[:len(two)-cut]))
		g.Expect(err).NotTo(HaveOccurred(), "%d bytes cut off", cut)
		g.Expect(events).To(HaveLen(1))
	}
}

func TestReadIsStrict(t *testing.T) {
	const good = `{"run":"r","t":1,"kind":"run.started"}` + "\n"
	for name, bad := range map[string]string{
		"a line cut in the middle": `{"run":"r","t":` + "\n" + good,
		"an unknown field":         `{"run":"r","t":1,"kind":"run.ended","colour":1}` + "\n",
		"an unknown kind":          `{"run":"r","t":1,"kind":"run.paused"}` + "\n",
		"an unknown kind, last":    `{"run":"r","t":1,"kind":"run.paused"}`,
		"an empty line":            "\n" + good,
		"two objects":              `{"kind":"run.ended"} {}` + "\n",
		"a wrong type":             `{"run":7,"t":1,"kind":"run.ended"}` + "\n",
		"an array":                 "[]\n",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := Read(strings.NewReader(good + bad))
			g.Expect(err).To(MatchError(HavePrefix("line 2: ")))
		})
	}
}

func FuzzRead(f *testing.F) {
	seed, err := os.ReadFile("../testdata/every-verdict.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(seed) {
		f.Add(line)
	}
	f.Add(seed[:4000])
	f.Fuzz(func(t *testing.T, in []byte) {
		events, err := Read(bytes.NewReader(in))
		s := Summarise(events)
		if code := s.Exit(); code == ExitOK && !s.Ended {
			t.Fatal("green without an end")
		}
		if err != nil {
			return
		}
		var again bytes.Buffer
		log := NewLog(&again, "r", nil)
		for _, event := range events {
			if event.Run == "" || event.T == 0 {
				return
			}
			if err := log.Write(event); err != nil {
				t.Fatal(err)
			}
		}
		back, err := Read(&again)
		if err != nil || len(back) != len(events) {
			t.Fatalf("%d events written, %d read back: %v", len(events), len(back), err)
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("hunter2", "the password is hunter2")
	f.Add(`"`, `{"k":"\""}`)
	f.Add(`\u003c`, "<")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if secret == "" || strings.Contains(secret, "*") || strings.ContainsRune(secret, '\uFFFD') {
			return
		}
		var out bytes.Buffer
		log := NewLog(&out, "r", []string{secret})
		if err := log.Write(Event{Run: "r", Kind: Observed, Target: "t", Note: text}); err != nil {
			t.Fatal(err)
		}
		events, err := Read(&out)
		if err != nil {
			t.Fatalf("the masked line does not parse: %v", err)
		}
		if len(events) != 1 || strings.Contains(events[0].Note, secret) {
			t.Fatalf("%q shows in %+v", secret, events)
		}
	})
}
