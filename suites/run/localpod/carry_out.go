//go:build linux

package localpod

import (
	"context"
	"fmt"
	"path/filepath"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// CarryOut carries out the cells of the targets that belong to a suite, as a run does, from the start of the pods to the verdicts,
// with servers of this machine. It gives the run, which is over, and the path of its event log in the folder.
func CarryOut(ctx context.Context, folder string, suite run.Suite, targets ...*target.Target) (*run.Execution, string, error) {
	p, err := plan.Make(targets, plan.Selection{})
	if err != nil {
		return nil, "", fmt.Errorf("plan the cells of suite %s: %w", suite.Name, err)
	}
	path := filepath.Join(folder, run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	if err != nil {
		return nil, "", err
	}
	if err := log.Publish(); err != nil {
		return nil, "", err
	}
	e := run.NewExecution(run.Config{RunID: "r", Log: log, Plan: p, Suites: []run.Suite{suite}, Images: Images{}, StartPod: Starter(folder)})
	e.Start(ctx)
	e.Wait()
	return e, path, log.Close()
}
