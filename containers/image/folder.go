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
	"slices"
	"strings"
)

// maxFolder bounds a build folder: more is a mistake, such as a home directory.
const maxFolder = 256 << 20

// folder is a build context in memory, the same bytes for the same content.
type folder struct {
	tar   []byte
	lines map[string][]instruction // of every file whose name begins with Dockerfile
}

// instruction is one instruction of a Dockerfile.
type instruction struct {
	line int // counted from 1
	word string
}

// pack reads a folder. Times and owners are left out, so that a fresh clone gives the same.
func pack(dir string) (*folder, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New("not a directory")
	}
	out := &folder{lines: map[string][]instruction{}}
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

func (f *folder) add(archive *tar.Writer, path, name string, entry fs.DirEntry, size *bytes.Buffer) error {
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
			return fmt.Errorf("more than %d MiB: not a build folder", maxFolder>>20)
		}
		if data, err = os.ReadFile(path); err != nil {
			return err
		}
		header.Typeflag, header.Size = tar.TypeReg, int64(len(data))
		if strings.HasPrefix(filepath.Base(name), "Dockerfile") {
			f.lines[name] = instructions(data)
		}
	default:
		return fmt.Errorf("%s is neither a file, a directory nor a link", name)
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = archive.Write(data)
	return err
}

func (f *folder) archive() io.Reader { return bytes.NewReader(f.tar) }

// tag is the hash of what goes into an image.
func (f *folder) tag(source Source, base string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q ", base, source.File, source.Platform)
	for _, name := range slices.Sorted(maps.Keys(source.Args)) {
		fmt.Fprintf(sum, "%q=%q ", name, source.Args[name])
	}
	sum.Write(f.tar)
	return fmt.Sprintf("%.8x", sum.Sum(nil))
}

// archiveOf is a build context of one file.
func archiveOf(name string, data []byte) io.Reader {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	// Writing to memory does not fail.
	_ = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg})
	_, _ = archive.Write(data)
	_ = archive.Close()
	return &buffer
}

// instructions finds where each instruction of a Dockerfile begins, as the classic builder counts its steps.
func instructions(data []byte) []instruction {
	var out []instruction
	continued := false
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, maxFolder)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimSpace(scanner.Text())
		// Comments and empty lines neither begin nor end an instruction.
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
