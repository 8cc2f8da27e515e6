package run

import "runtime/debug"

// Version is the module's version, as the Go toolchain stamped it into the program.
func Version() string {
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
