// Package reports draws every view of a run from its log, and from nothing else:
// right after the run, or again from an old log.
package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"stalemate/reports/compare"
	"stalemate/reports/html"
	"stalemate/reports/jsonreport"
	"stalemate/reports/junit"
	"stalemate/reports/record"
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

// Render draws the views of one run. All are attempted, whatever becomes of the
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

// toFile writes beside path and renames, so that no reader meets half a report.
func toFile[Content any](path string, s Content, write func(io.Writer, Content) error) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of report %s: %w", path, err)
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
			err = fmt.Errorf("write report %s: %w", path, err)
		}
	}()
	if err := write(file, s); err != nil {
		file.Close()
		return err
	}
	// CreateTemp makes it readable for its owner alone; a report is for everybody.
	if err := errors.Join(file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// RenderComparison draws the views of a comparison. All shows long lists whole. The comparison's Exit is the run's exit status.
func RenderComparison(events []record.Event, o Options, all bool) (compare.Comparison, error) {
	c, err := compare.FromLog(events)
	if err != nil {
		return c, err
	}
	var failed []error
	var paths []string
	for _, view := range []struct {
		path  string
		write func(io.Writer, compare.Comparison) error
	}{{o.HTML, html.WriteComparison}, {o.JUnit, junit.WriteComparison}, {o.JSON, jsonreport.WriteComparison}} {
		if view.path == "" {
			continue
		}
		if err := toFile(view.path, c, view.write); err != nil {
			failed = append(failed, err)
			continue
		}
		paths = append(paths, view.path)
	}
	if o.Terminal != nil {
		if o.Log != "" {
			paths = append(paths, o.Log)
		}
		if err := compare.Write(o.Terminal, c, compare.Options{Reports: paths, All: all}); err != nil {
			failed = append(failed, err)
		}
	}
	return c, errors.Join(failed...)
}
