package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"stalemate/reports/record/atomicfile"
	"stalemate/suites/learn"
)

// output is a file that learn writes when it ends. learn checks when it starts that it can write the file. A file that
// exists keeps its content until the new content is complete.
type output struct {
	name string // as it was given
	path string // of the file itself, if the name is a symbolic link
	// direct is for a pipe or a device, which cannot be replaced.
	direct bool
}

// newFile is the mode of a new file, before the umask.
const newFile = 0o644

// reserve checks that a file can be written. It changes nothing. Without a name it returns nil.
func reserve(name string) (*output, error) {
	if name == "" {
		return nil, nil
	}
	o := &output{name: name, path: name}
	if err := o.look(); err != nil || o.direct {
		return o, o.fault(err)
	}
	if err := atomicfile.Try(o.path); err != nil {
		return nil, o.fault(err)
	}
	return o, nil
}

// look finds out what exists at the path.
func (o *output) look() error {
	info, err := os.Stat(o.name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(o.name); err == nil {
			return errors.New("it is a symbolic link to a file that does not exist")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("it is a folder: name a file in it")
	}
	if err := unix.Access(o.name, unix.W_OK); err != nil {
		return err
	}
	o.direct = !info.Mode().IsRegular()
	if !o.direct {
		o.path, err = filepath.EvalSymlinks(o.name)
	}
	return err
}

// write writes the whole text or nothing.
func (o *output) write(text string) error {
	if o.direct {
		file, err := os.OpenFile(o.path, os.O_WRONLY, 0)
		if err != nil {
			return o.fault(err)
		}
		_, err = io.WriteString(file, text)
		return o.fault(errors.Join(err, file.Close()))
	}
	return o.fault(atomicfile.Write(o.path, newFile, func(out io.Writer) error {
		_, err := io.WriteString(out, text)
		return err
	}))
}

// fault names the file in an error, once and as it was given.
func (o *output) fault(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("write %s: %w", o.name, err)
}

// learnOutputs are the files of learn. Without a target file, learn writes to standard output; without waivers, none.
type learnOutputs struct{ target, waivers *output }

// reserve checks that both can be written.
func (f files) reserve() (learnOutputs, error) {
	target, err := reserve(f.target)
	waivers, fault := reserve(f.waivers)
	if err := errors.Join(err, fault); err != nil {
		return learnOutputs{}, err
	}
	if target != nil && waivers != nil && !target.direct && target.path == waivers.path {
		return learnOutputs{}, fmt.Errorf("%s is given for both the target file and the waivers: name two files", f.target)
	}
	return learnOutputs{target, waivers}, nil
}

// deliver writes what was learnt. A file that cannot be written is printed, because learning it took minutes.
func (o learnOutputs) deliver(written learn.Written, out, errOut io.Writer) error {
	var faults []error
	if o.target == nil {
		_, err := io.WriteString(out, written.Target)
		faults = append(faults, err)
	} else if err := o.target.write(written.Target); err != nil {
		_, printed := io.WriteString(out, written.Target)
		faults = append(faults, err, printed)
	}
	if o.waivers == nil {
		return errors.Join(faults...)
	}
	if err := o.waivers.write(written.Waivers); err != nil {
		if o.target == nil || len(faults) > 0 {
			out = errOut // standard output has the target file
		}
		_, printed := io.WriteString(out, written.Waivers)
		faults = append(faults, err, printed)
	}
	return errors.Join(faults...)
}
