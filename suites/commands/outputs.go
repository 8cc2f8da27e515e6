package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"stalemate/reports"
	"stalemate/suites/plan"
)

// file is one that a command reads or writes.
type file struct{ what, path string }

// outputs are the files that a command writes, and those which it must not write over.
type outputs struct {
	reports []file // each is written where its path is not empty
	log     string // the run's own log; "" where it writes none
	inputs  []file // a path may be empty
}

func outputsOf(o reports.Options, log string, inputs ...file) outputs {
	return outputs{log: log, inputs: inputs, reports: []file{{"--junit", o.JUnit}, {"--json", o.JSON}, {"--html", o.HTML}}}
}

// targetFiles are those that a plan was made from.
func targetFiles(p *plan.Plan) []file {
	var files []file
	for _, path := range p.Files {
		files = append(files, file{"a target file of this run", path})
	}
	return files
}

// ready makes sure, before anything runs, that all of it can be written, and gives
// the reports that are there from an earlier run. An error is wrong usage.
func (o outputs) ready() (earlier []string, err error) {
	taken := o.inputs
	if o.log != "" {
		if err := writable(o.log); err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
		taken = append([]file{{"the event log of this run", o.log}}, taken...)
	}
	for _, report := range o.reports {
		if report.path == "" {
			continue
		}
		if err := writable(report.path); err != nil {
			return nil, fmt.Errorf("%s: %w", report.what, err)
		}
		for _, other := range taken {
			if other.path != "" && same(report.path, other.path) {
				return nil, fmt.Errorf("%s %s is %s: give it a path of its own", report.what, report.path, other.what)
			}
		}
		taken = append(taken, file{"that of " + report.what, report.path})
		earlier = append(earlier, report.path)
	}
	return earlier, nil
}

// writable makes the folder of a file and tries whether a file can be made in it.
func writable(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder of %s cannot be made: %w", path, err)
	}
	// A report is put in its place whole: what is there would be replaced, a device or a link as well.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is there and is not a regular file: name another", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	probe, err := os.CreateTemp(dir, ".stalemate.*")
	if err != nil {
		return fmt.Errorf("nothing can be written into the folder of %s: %w", path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// same says whether two paths are those of one file, which need not be there yet.
func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return located(a) == located(b)
}

// located is a path without links in its folder.
func located(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil {
		return filepath.Join(dir, filepath.Base(full))
	}
	return full
}
