package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"stalemate/reports/junit"
	"stalemate/reports/record"
	"stalemate/reports/terminal"
)

// reportFiles are the reports that a person asked for, beside the one on the terminal.
type reportFiles struct{ junit, json, html string }

func (r *reportFiles) register(flags *pflag.FlagSet) {
	flags.StringVar(&r.junit, "junit", "", "write a JUnit report to this file")
	flags.StringVar(&r.json, "json", "", "write a JSON report to this file")
	flags.StringVar(&r.html, "html", "", "write an HTML report to this file")
}

// write draws every report from the log, and returns the run's exit status.
func (r *reportFiles) write(out io.Writer, logPath string) error {
	events, err := record.ReadFile(logPath)
	if err != nil {
		return &Status{Code: ExitInconclusive, Err: err}
	}
	summary := record.Summarise(events)
	options := terminal.Options{Log: logPath}
	if file, ok := out.(*os.File); ok {
		options = terminal.OptionsFor(file, os.Getenv)
		options.Log = logPath
	}
	for _, report := range []struct {
		path string
		draw func(io.Writer, record.Summary) error
	}{{r.junit, junit.Write}} {
		if report.path == "" {
			continue
		}
		if err := toFile(report.path, summary, report.draw); err != nil {
			return &Status{Code: ExitInconclusive, Err: err}
		}
		options.Reports = append(options.Reports, report.path)
	}
	if err := terminal.Write(out, summary, options); err != nil {
		return &Status{Code: ExitInconclusive, Err: fmt.Errorf("write the terminal report: %w", err)}
	}
	if code := summary.Exit(); code != ExitOK {
		return &Status{Code: code}
	}
	return nil
}

func toFile(path string, s record.Summary, draw func(io.Writer, record.Summary) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of report %s: %w", path, err)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create report: %w", err)
	}
	if err := errors.Join(draw(file, s), file.Close()); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}
