// Package reports draws every report of a run from its event log: right after the run, or later.
package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"stalemate/reports/html"
	"stalemate/reports/jsonreport"
	"stalemate/reports/junit"
	"stalemate/reports/record"
	"stalemate/reports/record/atomicfile"
	"stalemate/reports/terminal"
)

// Options say which views are wanted. An empty path, or a nil writer, is none.
type Options struct {
	JUnit    string // path
	JSON     string // path
	HTML     string // path
	Log      string // path of the log that the events are from, named for the reader
	Terminal io.Writer
	Look     terminal.Options // its Reports and Log are filled in
}

// Render draws the views of one run, or of what it compared. All are attempted, whatever becomes of the
// others; a file is there whole or not at all. The summary's Exit is the run's exit status.
func Render(events []record.Event, o Options) (record.Summary, error) {
	s := record.Summarise(events)
	var failed []error
	var paths []string
	for _, view := range []struct {
		path  string
		write func(io.Writer, record.Summary) error
	}{{o.JUnit, junit.Write}, {o.JSON, jsonreport.Write}, {o.HTML, html.Write}} {
		if view.path == "" {
			continue
		}
		if err := toFile(view.path, s, view.write); err != nil {
			failed = append(failed, err)
			continue
		}
		paths = append(paths, view.path)
	}
	if o.Terminal != nil {
		if o.Log != "" {
			paths = append(paths, o.Log)
		}
		o.Look.Reports, o.Look.Log = append(o.Look.Reports, paths...), o.Log
		if err := terminal.Write(o.Terminal, s, o.Look); err != nil {
			failed = append(failed, fmt.Errorf("write the terminal report: %w", err))
		}
	}
	return s, errors.Join(failed...)
}

// toFile writes a view whole, and makes its folder.
func toFile(path string, s record.Summary, write func(io.Writer, record.Summary) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of report %s: %w", path, err)
	}
	if err := atomicfile.Write(path, 0o644, func(out io.Writer) error { return write(out, s) }); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}
