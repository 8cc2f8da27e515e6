package binary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
)

// modulePath is the path of this module, which is also the import path of the command. Whoever publishes
// the module may rename it, so that it is asked of the compiler.
func modulePath() string {
	return strings.TrimSuffix(reflect.TypeFor[program]().PkgPath(), "/containers/binary")
}

// helperPath is the import path of the part that runs in pods.
func helperPath() string { return modulePath() + "/suites/commands/helper" }

// moduleDir is the folder of this module's source: around the working directory, or where the Go command
// keeps what the module there requires. The programs are built in that folder, where go.mod and go.sum
// name every dependency of theirs: those of a module that only requires this one need not.
func moduleDir(ctx context.Context) (string, error) {
	// Readonly: a module with a vendor folder has no source of the programs there.
	cmd := exec.CommandContext(ctx, "go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", modulePath())
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	out, err := cmd.Output()
	dir := strings.TrimSpace(string(out))
	var refused *exec.ExitError
	switch {
	case errors.As(err, &refused):
		return "", fmt.Errorf("the Go command does not find the source of %s from the working directory (%s): "+
			"run inside a module that requires it, or run a stalemate that was built with CGO_ENABLED=0 for linux on the engine's architecture",
			modulePath(), strings.TrimSpace(string(refused.Stderr)))
	case err != nil:
		return "", fmt.Errorf("ask the Go command for the source of %s: %w", modulePath(), err)
	case dir == "":
		return "", fmt.Errorf("the source of %s is not in the module cache: run `go mod download %s`", modulePath(), modulePath())
	}
	return dir, nil
}
