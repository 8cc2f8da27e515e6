package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrLink says that a path leads through a symbolic link.
var ErrLink = errors.New("is a symbolic link: give the path to which it leads")

// NoLinks checks where a file is to be written. A relative path is below the working directory, which is most often a checkout:
// whoever can change that, as a pull request can, must not choose another place with a symbolic link. So none of its folders may
// be one. Of an absolute path only the last folder is checked: the operator has written the rest.
func NoLinks(path string) error {
	dir := filepath.Dir(filepath.Clean(path))
	at := dir
	for {
		info, err := os.Lstat(at)
		switch {
		case err == nil && info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s %w", at, ErrLink)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("look at %s: %w", at, err)
		}
		parent := filepath.Dir(at)
		if filepath.IsAbs(dir) || parent == at || at == "." || strings.HasSuffix(at, "..") {
			return nil
		}
		at = parent
	}
}
