package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxFolder bounds a build folder, in bytes. A larger one is a mistake, for example a home directory.
const maxFolder = 256 << 20

// buildContext is the content of a build folder as a tar archive. The same content gives the same bytes.
type buildContext struct {
	tar   []byte
	lines map[string][]instruction // by file, for each file whose name begins with Dockerfile
	based map[string]bool          // the Dockerfiles that take the base image. It is made only for them
}

// argBase is the instruction by which a Dockerfile takes the base image.
var argBase = regexp.MustCompile(`(?mi)^\s*ARG\s+BASE\b`)

// instruction is one instruction of a Dockerfile.
type instruction struct {
	line int // from 1
	word string
}

// readBuildContext reads a folder. It leaves out times and owners, so that each clone of a repository gives the same bytes.
func readBuildContext(dir string) (*buildContext, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New("not a directory")
	}
	out := &buildContext{lines: map[string][]instruction{}, based: map[string]bool{}}
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return out.add(archive, path, filepath.ToSlash(name), entry, &buffer)
	})
	if err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	out.tar = buffer.Bytes()
	return out, nil
}

func (f *buildContext) add(archive *tar.Writer, path, name string, entry fs.DirEntry, size *bytes.Buffer) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: int64(info.Mode().Perm() | 0o044)}
	var data []byte
	switch {
	case entry.IsDir():
		header.Typeflag, header.Name, header.Mode = tar.TypeDir, name+"/", 0o755
	case info.Mode()&fs.ModeSymlink != 0:
		header.Typeflag = tar.TypeSymlink
		if header.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
	case info.Mode().IsRegular():
		if info.Size()+int64(size.Len()) > maxFolder {
			return fmt.Errorf("more than %d MiB, so it is not a build folder", maxFolder>>20)
		}
		if data, err = os.ReadFile(path); err != nil {
			return err
		}
		header.Typeflag, header.Size = tar.TypeReg, int64(len(data))
		if strings.HasPrefix(filepath.Base(name), "Dockerfile") {
			f.lines[name] = instructions(data)
			f.based[name] = argBase.Match(data)
		}
	default:
		return fmt.Errorf("%s is not a file, directory or symbolic link", name)
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = archive.Write(data)
	return err
}

func (f *buildContext) archive() io.Reader { return bytes.NewReader(f.tar) }

// tag is the hash of everything that goes into an image.
func (f *buildContext) tag(source Source, base string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q ", base, source.File, source.Platform)
	for _, name := range slices.Sorted(maps.Keys(source.Args)) {
		fmt.Fprintf(sum, "%q=%q ", name, source.Args[name])
	}
	sum.Write(f.tar)
	return fmt.Sprintf("%.8x", sum.Sum(nil))
}

// archiveOf is a build context with one file.
func archiveOf(name string, data []byte) io.Reader {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	// Writes to memory do not fail.
	_ = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg})
	_, _ = archive.Write(data)
	_ = archive.Close()
	return &buffer
}

// instructions finds the line of each instruction of a Dockerfile, in the order in which the classic builder numbers its steps.
func instructions(data []byte) []instruction {
	var out []instruction
	continued := false
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, maxFolder)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimSpace(scanner.Text())
		// Comments and empty lines may stand inside an instruction.
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if !continued {
			word, _, _ := strings.Cut(text, " ")
			out = append(out, instruction{line: line, word: strings.ToUpper(word)})
		}
		continued = strings.HasSuffix(text, "\\")
	}
	return out
}
