package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// Options say how to draw.
type Options struct {
	Width   int      // columns; below MinWidth counts as DefaultWidth
	Colour  bool     // escape sequences for colours
	Most    int      // entries of a list that are shown; 0 means DefaultMost, below 0 all
	Reports []string // paths of the other reports, named at the end
	Log     string   // path of the event log: for the command that shows more
}

// The bounds of what is drawn.
const (
	DefaultWidth = 100 // columns, where the output is not a terminal
	MinWidth     = 60  // columns: below this nothing fits
	DefaultMost  = 12  // entries
)

// OptionsFor takes width and colour from where the output goes: colours only on a
// terminal, and not when NO_COLOR is set to anything (no-color.org).
func OptionsFor(out *os.File, getenv func(string) string) Options {
	options := Options{Width: DefaultWidth}
	size, err := unix.IoctlGetWinsize(int(out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return options
	}
	if size.Col > 0 {
		options.Width = int(size.Col)
	}
	options.Colour = getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	return options
}

func (o Options) filled() Options {
	if o.Width < MinWidth {
		o.Width = DefaultWidth
	}
	if o.Most == 0 {
		o.Most = DefaultMost
	}
	return o
}
