package terminal

import (
	"fmt"
	"io"
	"strings"

	"stalemate/reports/record"

	"github.com/jedib0t/go-pretty/v6/text"
)

// page writes lines no wider than its width, and keeps the first error.
type page struct {
	out    io.Writer
	o      Options
	err    error
	began  bool
	causes []string // that blocks have told
}

// gap parts what follows from what is above it.
func (p *page) gap() {
	if p.began {
		p.line("")
	}
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		p.began = true
		_, p.err = fmt.Fprintln(p.out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

// paint colours s where colours are wanted.
func (p *page) paint(s string, colours ...text.Color) string {
	if !p.o.Colour {
		return s
	}
	return text.Colors(colours).EscapeSeq() + s + text.Reset.EscapeSeq()
}

// labelWidth is the width, in columns, of what stands before a field's value.
const labelWidth = 13

// longestText bounds a text on the page, in bytes: some 15 rows. The other reports have more of it.
const longestText = 1200

// clean is a text that other programs may have written, as it may stand on the page.
func clean(s string) string { return record.Shorten(record.Clean(s), longestText) }

// field writes a value under its label, wrapped; nothing for an empty one.
func (p *page) field(label, value string) {
	if value = clean(value); value == "" {
		return
	}
	lead := fmt.Sprintf("    %-*s", labelWidth-4, label)
	for i, row := range wrap(value, p.o.Width-labelWidth) {
		if i > 0 {
			lead = strings.Repeat(" ", labelWidth)
		}
		p.line("%s%s", lead, row)
	}
}

// verbatim writes a value that must not be broken: a command, a path; nothing for an empty one.
func (p *page) verbatim(label, value string) {
	if value == "" {
		return
	}
	p.line("    %-*s%s", labelWidth-4, label, record.Clean(value))
}

// wrapped writes a value after its head, in rows no wider than the page. Further rows are indented.
func (p *page) wrapped(head, value string) {
	const indent = "    "
	for i, row := range wrap(head+clean(value), p.o.Width-len(indent)) {
		if i > 0 {
			row = indent + row
		}
		p.line("%s", row)
	}
}

// list writes a heading and entries, as many as the options allow.
func (p *page) list(heading string, entries []string) {
	if len(entries) == 0 {
		return
	}
	p.gap()
	p.line("%s", p.paint(heading, text.Bold))
	shown := p.shown(len(entries))
	for _, entry := range entries[:shown] {
		for i, row := range wrap(clean(entry), p.o.Width-4) {
			indent := "  "
			if i > 0 {
				indent = "    "
			}
			p.line("%s%s", indent, row)
		}
	}
	p.more(len(entries) - shown)
}

func (p *page) shown(n int) int {
	if p.o.Most < 0 {
		return n
	}
	return min(n, p.o.Most)
}

// more says that entries were left out, and how to see them.
func (p *page) more(n int) {
	if n <= 0 {
		return
	}
	log := p.o.Log
	if log == "" {
		log = "LOG"
	}
	p.line("  ... and %d more: stalemate report %s --all", n, log)
}
