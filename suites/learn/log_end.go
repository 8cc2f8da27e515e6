package learn

import (
	"context"
	"strings"

	"stalemate/suites/run"
)

// said quotes the end of the target's log since its last start.
func said(ctx context.Context, p run.Server, hide mask) string {
	text, _ := p.Logs(context.WithoutCancel(ctx)) // adds nothing where it cannot be read
	return lastLines(text, hide)
}

// saidAndLacks is said, with advice on what the server lacks, if its last words tell.
func saidAndLacks(ctx context.Context, p run.Server, hide mask, o Options) string {
	text, _ := p.Logs(context.WithoutCancel(ctx)) // adds nothing where it cannot be read
	const most = 16 << 10                         // of the end, as the advice is about the last words
	hidden := hide(text)                          // before the cut: a half secret would not be recognised
	return lastLines(text, hide) + advise(hidden[max(0, len(hidden)-most):], o)
}

// lastLines quotes the end of a log. It hides secrets before it cuts: a half secret would not be recognised.
func lastLines(text string, hide mask) string {
	const most = 600
	text = strings.TrimSpace(hide(text))
	if text == "" {
		return "its log is empty"
	}
	return "its log ends: " + text[max(0, len(text)-most):]
}
