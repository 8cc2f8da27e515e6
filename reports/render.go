// Package reports draws every report of a run from its event log: right after the run, or later.
package reports

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"stalemate/reports/annotations"
	"stalemate/reports/ctrf"
	"stalemate/reports/html"
	"stalemate/reports/jsonreport"
	"stalemate/reports/junit"
	"stalemate/reports/markdown"
	"stalemate/reports/record"
	"stalemate/reports/record/atomicfile"
	"stalemate/reports/sarif"
	"stalemate/reports/terminal"
)

// Stdout is the path that means the standard output.
const Stdout = "-"

// Options say which views are wanted. An empty path, or a nil writer, is none.
type Options struct {
	JUnit       string    // path, or Stdout
	JSON        string    // path, or Stdout
	HTML        string    // path, or Stdout
	Summary     string    // path, or Stdout: Markdown
	SARIF       string    // path, or Stdout
	CTRF        string    // path, or Stdout
	Out         io.Writer // for a path that is Stdout
	Annotations string    // GitHub: annotate the lines of the target files on Terminal; "" for none
	Log         string    // path of the log that the events are from, named for the reader
	Terminal    io.Writer
	Look        terminal.Options // its Reports and Log are filled in
}

// GitHub is the kind of annotations that GitHub's runners read.
const GitHub = "github"

// View is a report, the flag that asks for it, and where it goes.
type View struct {
	Flag  string
	Path  string // "" where it is not wanted
	write func(io.Writer, record.Summary) error
}

// Views are all reports that are written to a path, wanted or not.
func (o Options) Views() []View {
	return []View{{"--junit", o.JUnit, junit.Write}, {"--json", o.JSON, jsonreport.Write}, {"--html", o.HTML, html.Write},
		{"--summary", o.Summary, markdown.Write}, {"--sarif", o.SARIF, sarif.Write}, {"--ctrf", o.CTRF, ctrf.Write}}
}

// Render draws the views of one run, or of what it compared. All are attempted, whatever becomes of the
// others; a file is there whole or not at all. The summary's Exit is the run's exit status.
func Render(events []record.Event, o Options) (record.Summary, error) {
	s := record.Summarise(events)
	var failed []error
	var paths []string
	for _, view := range o.Views() {
		switch view.Path {
		case "":
		case Stdout:
			if err := view.write(o.Out, s); err != nil {
				failed = append(failed, fmt.Errorf("write %s to the standard output: %w", view.Flag, err))
			}
		default:
			if err := toFile(view.Path, s, view.write); err != nil {
				failed = append(failed, err)
				continue
			}
			paths = append(paths, view.Path)
		}
	}
	if o.Terminal != nil {
		if o.Log != "" {
			paths = append(paths, o.Log)
		}
		o.Look.Reports, o.Look.Log = append(o.Look.Reports, paths...), o.Log
		if err := o.toTerminal(s); err != nil {
			failed = append(failed, fmt.Errorf("write the terminal report: %w", err))
		}
	}
	return s, errors.Join(failed...)
}

// toTerminal writes the text for people, after the annotations if they are wanted: the verdict is last.
func (o Options) toTerminal(s record.Summary) error {
	text := func() error { return terminal.Write(o.Terminal, s, o.Look) }
	if o.Annotations != GitHub {
		return text()
	}
	if err := annotations.GitHub(o.Terminal, s); err != nil {
		return err
	}
	return annotations.Fenced(o.Terminal, rand.Text(), text)
}

// toFile writes a view whole, and makes its folder.
func toFile(path string, s record.Summary, write func(io.Writer, record.Summary) error) error {
	if err := atomicfile.NoLinks(path); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of report %s: %w", path, err)
	}
	if err := atomicfile.Write(path, 0o644, func(out io.Writer) error { return write(out, s) }); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}
