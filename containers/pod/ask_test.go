package pod

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

// ask sends the question 7 to a command.
func ask(ctx context.Context, c command) (number, error) {
	return Ask[number](ctx, c, Attacker, wire.CommandProbe, number{7})
}

func TestAQuestionIsTheWholeInput(t *testing.T) {
	g := NewWithT(t)
	answer, err := ask(t.Context(), echo(nothing))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer).To(Equal(number{7}))

	answer, err = ask(t.Context(), writes(`{"n":8}`, nil))
	g.Expect(err).NotTo(HaveOccurred(), "the last line may have no newline")
	g.Expect(answer).To(Equal(number{8}))

	_, err = AskAll[number](t.Context(), command(func(_ context.Context, in io.Reader, _ io.Writer) error {
		if in != nil {
			return errors.New("an input came")
		}
		return nil
	}), Inspector, wire.CommandListeners, nil)
	g.Expect(err).NotTo(HaveOccurred(), "no question is no input")
}

// Each error names the command and the container.
func TestAnAnswerThatIsNone(t *testing.T) {
	for name, one := range map[string]struct {
		command command
		says    string
	}{
		"truncated line":           {writes(`{"n":`, nil), `read an answer: unexpected end of JSON input: "{\"n\":"`},
		"truncated and failed":     {writes(`{"n":`, errStatus), "no such plan"},
		"not JSON":                 {writes("panic\n", nil), `"panic"`},
		"empty line":               {writes("\n", nil), "read an answer"},
		"wrong type":               {writes(`{"n":"seven"}`+"\n", nil), "cannot unmarshal string"},
		"no answer":                {writes("", nil), "ended without an answer"},
		"failed without an answer": {writes("", errStatus), "no such plan"},
		"failed after the answer":  {writes(`{"n":7}`+"\n", errStatus), "no such plan"},
		"a second answer":          {writes(`{"n":7}`+"\n"+`{"n":8}`+"\n", nil), "more than once"},
		"a line without an end":    {writes(`{"n":`+strings.Repeat(" ", maxLine)+`7}`+"\n", nil), "a line of at most 16777216 bytes: bufio.Scanner: token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(t.Context(), one.command)
			NewWithT(t).Expect(err).To(MatchError(And(HavePrefix("probe in the attacker: "), ContainSubstring(one.says))))
		})
	}
}

func TestACommandEndsWithWhoAsks(t *testing.T) {
	g := NewWithT(t)
	// The command never answers, and runs until its context ends.
	ctx, cancel := context.WithCancel(t.Context())
	_, err := ask(ctx, func(ctx context.Context, in io.Reader, out io.Writer) error {
		cancel()
		<-ctx.Done()
		_, _ = io.WriteString(out, `{"n":`) // half a line, cut off by the end
		return ctx.Err()
	})
	g.Expect(err).To(MatchError(context.Canceled))

	// hear fails after the first answer: the command's context ends, and its next write fails.
	enough := errors.New("enough")
	var written, cause error
	err = AskEach(t.Context(), command(func(ctx context.Context, _ io.Reader, out io.Writer) error {
		if _, err := io.WriteString(out, "{\"n\":1}\n"); err != nil {
			return err
		}
		<-ctx.Done()
		_, written = io.WriteString(out, "{\"n\":2}\n")
		cause = context.Cause(ctx)
		return cause
	}), Attacker, wire.CommandProbe, number{}, func(number) error { return enough })
	g.Expect(err).To(MatchError(enough))
	g.Expect(err.Error()).To(Equal("probe in the attacker: enough"), "it is said once")
	g.Expect(written).To(MatchError(enough))
	g.Expect(cause).To(MatchError(enough))
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	g := NewWithT(t)
	endless := func(line string) command {
		return func(_ context.Context, _ io.Reader, out io.Writer) error {
			buffered := bufio.NewWriterSize(out, 1<<20)
			for {
				if _, err := buffered.WriteString(line); err != nil {
					return err
				}
			}
		}
	}
	for _, line := range []string{"{}\n", `{"n":1,"more":"` + strings.Repeat("x", 1<<20) + "\"}\n"} {
		_, err := AskAll[number](t.Context(), endless(line), Inspector, wire.CommandListeners, nil)
		g.Expect(err).To(MatchError(errTooMuch))
	}
}
