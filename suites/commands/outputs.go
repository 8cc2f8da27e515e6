package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"stalemate/reports"
	"stalemate/reports/record/atomicfile"
	"stalemate/suites/plan"
)

// file is a file that a command reads or writes, and what it is.
type file struct{ what, path string }

// outputs are the files that a command writes, and the files that it must not overwrite.
type outputs struct {
	reports []file   // each is written if its path is not empty
	log     string   // the run's log; "" if it writes none
	inputs  []file   // a path may be empty
	printed []string // flags of the reports that go to the standard output
}

func outputsOf(o reports.Options, log string, inputs ...file) outputs {
	out := outputs{log: log, inputs: inputs}
	for _, view := range o.Views() {
		if view.Path == reports.Stdout {
			out.printed = append(out.printed, view.Flag)
			continue
		}
		out.reports = append(out.reports, file{view.Flag, view.Path})
	}
	return out
}

// targetFiles are the files from which the plan was made.
func targetFiles(p *plan.Plan) []file {
	var files []file
	for _, path := range p.Files {
		files = append(files, file{"a target file of this run", path})
	}
	return files
}

// ready makes sure, before anything runs, that every file can be written. It returns the paths of the reports, which
// the run replaces. An error is wrong usage.
func (o outputs) ready() (earlier []string, err error) { return o.each(writable) }

// foresee finds the same faults for a run that is not to begin. It makes no folder and no file.
func (o outputs) foresee() error {
	_, err := o.each(couldBeWritten)
	return err
}

// each asks of every file whether it can be written. It returns the paths of the reports.
func (o outputs) each(writable func(path string) error) (earlier []string, err error) {
	if len(o.printed) > 1 {
		return nil, fmt.Errorf("%s both write to the standard output: give a path to all but one", strings.Join(o.printed, " and "))
	}
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
				return nil, fmt.Errorf("%s %s is %s: give another path", report.what, report.path, other.what)
			}
		}
		taken = append(taken, file{"the file of " + report.what, report.path})
		earlier = append(earlier, report.path)
	}
	return earlier, nil
}

// writable makes the folder of a file, and a file in it to see that it can.
func writable(path string) error {
	dir := filepath.Dir(path)
	if err := atomicfile.NoLinks(path); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	// A report replaces the file with its name. That must not be a device or a link.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s exists and is not a regular file: give another path", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if err := atomicfile.Try(path); err != nil {
		return fmt.Errorf("write into the folder of %s: %w", path, err)
	}
	return nil
}

// couldBeWritten says what prevents that a file is written, as far as that is known without writing.
func couldBeWritten(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s exists and is not a regular file: give another path", path)
	}
	dir := filepath.Dir(path)
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("make the folder of %s: %s is a file", path, dir)
		case err == nil:
			if err := unix.Access(dir, unix.W_OK); err != nil {
				return fmt.Errorf("write into the folder of %s: %s: %w", path, dir, err)
			}
			return nil
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) || filepath.Dir(dir) == dir:
			return fmt.Errorf("look at the folder of %s: %w", path, err)
		}
		dir = filepath.Dir(dir)
	}
}

// same says whether two paths name one file, which need not exist yet.
func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX == nil && errY == nil {
		return os.SameFile(x, y)
	}
	return located(a) == located(b)
}

// located is the absolute path, with the links in its folder resolved.
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
