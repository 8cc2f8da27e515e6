package commands

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"stalemate/suites/learn"
)

// output is a file that is written at the end of a long run. Whether it can be is
// found out at the beginning; what was there stays until all that replaces it is written.
type output struct {
	name string      // as it was given
	path string      // of the file itself, where the name is a symbolic link
	mode fs.FileMode // of what is there; 0: nothing is
	// direct is for what is no file, such as a pipe: nothing can take its place.
	direct bool
}

// newFile is the mode of what was not there, before the umask.
const newFile = 0o644

// reserve says whether a file can be written, and changes nothing. A file of no name is nil.
func reserve(name string) (*output, error) {
	if name == "" {
		return nil, nil
	}
	o := &output{name: name, path: name}
	if err := o.look(); err != nil || o.direct {
		return o, o.fault(err)
	}
	beside, err := o.beside()
	if err != nil {
		return nil, o.fault(err)
	}
	return o, o.fault(errors.Join(beside.Close(), os.Remove(beside.Name())))
}

// look finds out what is there.
func (o *output) look() error {
	info, err := os.Stat(o.name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(o.name); err == nil {
			return errors.New("it is a symbolic link to nothing")
		}
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("it is a directory: name the file in it")
	}
	if err := unix.Access(o.name, unix.W_OK); err != nil {
		return err
	}
	o.mode, o.direct = info.Mode().Perm(), !info.Mode().IsRegular()
	if !o.direct {
		o.path, err = filepath.EvalSymlinks(o.name)
	}
	return err
}

// beside makes a new file in the folder, which can take the other's place at once.
func (o *output) beside() (*os.File, error) {
	name := filepath.Join(filepath.Dir(o.path), "."+filepath.Base(o.path)+"."+rand.Text()[:8])
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFile)
	if err != nil || o.mode == 0 {
		return file, err
	}
	if err := file.Chmod(o.mode); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	return file, nil
}

// write puts the text there, all of it or nothing.
func (o *output) write(text string) error {
	if o.direct {
		file, err := os.OpenFile(o.path, os.O_WRONLY, 0)
		if err != nil {
			return o.fault(err)
		}
		_, err = io.WriteString(file, text)
		return o.fault(errors.Join(err, file.Close()))
	}
	file, err := o.beside()
	if err != nil {
		return o.fault(err)
	}
	_, err = io.WriteString(file, text)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), o.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return o.fault(err)
}

// fault is an error with the file's name as it was given, once.
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

// places are those of learn; nil is standard output for the target and nowhere for the waivers.
type places struct{ target, waivers *output }

// reserve says whether both can be written.
func (f files) reserve() (places, error) {
	target, err := reserve(f.target)
	waivers, fault := reserve(f.waivers)
	if err := errors.Join(err, fault); err != nil {
		return places{}, err
	}
	if target != nil && waivers != nil && !target.direct && target.path == waivers.path {
		return places{}, fmt.Errorf("%s cannot be both the target file and its waivers: name two files", f.target)
	}
	return places{target, waivers}, nil
}

// deliver writes what was learnt. What cannot be written where it was wanted is
// printed: it took minutes to find out.
func (o places) deliver(written learn.Written, out, errOut io.Writer) error {
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
			out = errOut // there is another file in the first
		}
		_, printed := io.WriteString(out, written.Waivers)
		faults = append(faults, err, printed)
	}
	return errors.Join(faults...)
}
