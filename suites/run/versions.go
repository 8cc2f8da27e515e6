package run

import "runtime/debug"

// released is the version of a program that .ci/dist built. The linker sets it (-X). Go would take it from git, but only where the
// folder is a clone: the same commit would not give the same bytes everywhere.
var released string

// Version is the module's version, as the Go toolchain stamped it into the program.
func Version() string {
	if released != "" {
		return released
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versions are those of Go and of the libraries that can change a verdict.
func versions() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	found["go"] = info.GoVersion
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/onsi/ginkgo/v2", "github.com/testcontainers/testcontainers-go":
			found[d.Path] = d.Version
		}
	}
	return found
}
