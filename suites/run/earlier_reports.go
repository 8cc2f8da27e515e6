package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// removeReports removes the reports of an earlier run, as far as they exist: nobody may take them for the reports of this run.
func removeReports(paths []string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the report of an earlier run: %w", err)
		}
	}
	return nil
}
