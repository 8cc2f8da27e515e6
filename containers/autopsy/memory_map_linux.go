package autopsy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"stalemate/containers/proc"
)

var errNoSyscallInsn = errors.New("its [vdso] has no system call instruction")

// mapping is one line of /proc/PID/maps.
type mapping struct {
	start, end uint64
	name       string
}

// parseMapping parses a line such as "7f00-7f10 r-xp 00000000 08:01 123  /usr/lib/libc.so.6".
func parseMapping(line string) (mapping, bool) {
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return mapping{}, false
	}
	from, to, ok := strings.Cut(fields[0], "-")
	if !ok {
		return mapping{}, false
	}
	start, errStart := strconv.ParseUint(from, 16, 64)
	end, errEnd := strconv.ParseUint(to, 16, 64)
	if errStart != nil || errEnd != nil || end <= start {
		return mapping{}, false
	}
	return mapping{start, end, strings.Join(fields[5:], " ")}, true
}

func mappings(pid int) ([]mapping, error) {
	text, err := os.ReadFile(proc.Path(proc.Root, pid, "maps"))
	if err != nil {
		return nil, fmt.Errorf("read the memory map of process %d: %w", pid, err)
	}
	var all []mapping
	for line := range strings.Lines(string(text)) {
		if m, ok := parseMapping(line); ok {
			all = append(all, m)
		}
	}
	return all, nil
}

// findSyscallInsn finds a system call instruction in the [vdso], the code that the kernel maps into every process. It is for a
// thread that is in no system call.
func findSyscallInsn(pid int) (uint64, error) {
	all, err := mappings(pid)
	if err != nil {
		return 0, err
	}
	for _, m := range all {
		if m.name != "[vdso]" {
			continue
		}
		code := make([]byte, min(m.end-m.start, 1<<16))
		n, err := proc.ReadMemory(pid, m.start, code)
		if err != nil {
			return 0, err
		}
		if at := bytes.Index(code[:n], syscallInsn); at >= 0 {
			return m.start + uint64(at), nil
		}
	}
	return 0, errNoSyscallInsn
}

// nameAddress names the file in whose mapping an address is: "0x7f0012 (libperl.so.5.36+0x12)".
func nameAddress(pid int, at uint64) string {
	switch at {
	case 0:
		return "default"
	case 1:
		return "ignored"
	}
	all, err := mappings(pid)
	if err != nil {
		return fmt.Sprintf("%#x", at)
	}
	base := make(map[string]uint64)
	for _, m := range all {
		if _, seen := base[m.name]; !seen {
			base[m.name] = m.start
		}
		if m.start <= at && at < m.end && m.name != "" {
			return fmt.Sprintf("%#x (%s+%#x)", at, path.Base(m.name), at-base[m.name])
		}
	}
	return fmt.Sprintf("%#x", at)
}
