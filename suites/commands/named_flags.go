package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// namedFlag adds a flag that names something: an image, a file, a pattern. It refuses an empty name, which a shell variable that is
// not set leaves. Another image would be tested, or more cells, and a run without its policy would be green where it should not be.
func namedFlag(flags *pflag.FlagSet, value *string, name, what, usage string) {
	flags.Func(name, usage, func(text string) error {
		if strings.TrimSpace(text) == "" {
			return fmt.Errorf("the %s is empty; is a variable not set?\nGive %s, or remove --%s", what, article(what), name)
		}
		*value = text
		return nil
	})
}

// article is a noun with its article.
func article(what string) string {
	if what == "image" {
		return "an image"
	}
	return "a " + what
}

// defaultFile is the target file of a command without -f.
const defaultFile = "stalemate.yaml"

// useDefaultFile has a command without -f take the default file of the current folder.
func useDefaultFile(cmd *cobra.Command, files *[]string) {
	cmd.PreRunE = func(*cobra.Command, []string) error {
		found, err := filesOr(*files)
		*files = found
		return err
	}
}

// filesOr are the files that were given, or else the default file. Its error says how to make one.
func filesOr(files []string) ([]string, error) {
	if len(files) > 0 {
		return files, nil
	}
	switch _, err := os.Stat(defaultFile); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no -f, and no %s in this folder: give a target file with -f, or make one with\n"+
			"`stalemate learn IMAGE -o %s`", defaultFile, defaultFile)
	case err != nil:
		return nil, fmt.Errorf("no -f: look for the target file: %w", err)
	}
	return []string{defaultFile}, nil
}
