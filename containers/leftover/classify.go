package leftover

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// MaxPIDFile is the most bytes that a pid file, or its first line, can have. A PID has at most 7 digits (pid_max is at most
// 4194304); the rest is white space.
const MaxPIDFile = 64

// Classify names the kind of a file by its type, its directory, its content and its name, in this order. content is its first
// bytes, at most MaxPIDFile+1. pid is the number in a pid file. A file whose first line is a number is a pid file or a lock
// only if its name says so.
func Classify(name string, mode fs.FileMode, content []byte) (kind string, pid int) {
	switch {
	case mode.IsDir():
		return Directory, 0
	case mode&fs.ModeSocket != 0:
		return Socket, 0
	case mode&fs.ModeSymlink != 0:
		return Symlink, 0
	case mode&fs.ModeNamedPipe != 0:
		return FIFO, 0
	case path.Dir(path.Clean(name)) == ShmDir:
		return PosixShm, 0
	}
	if pid, ok := pidIn(content); ok {
		return PIDFile, pid
	}
	pid, _ = pidInFirstLine(content)
	switch base := path.Base(name); {
	case pid > 0 && strings.Contains(strings.ToLower(base), "pid"):
		return PIDFile, pid
	case lockName(base):
		return Lock, pid
	}
	return File, 0
}

// pidInFirstLine parses the first line of content as a PID. PostgreSQL's postmaster.pid has seven more lines.
func pidInFirstLine(content []byte) (int, bool) {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	return pidIn(first)
}

// pidIn parses content that is one positive number.
func pidIn(content []byte) (int, bool) {
	if len(content) > MaxPIDFile {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || pid <= 0 {
		return 0, false
	}
	return pid, true
}

// apacheMutexes are the names of the files of Apache's `Mutex file`, `fcntl` and `flock`: NAME.PID or NAME-INSTANCE.PID (httpd
// 2.4, ap_mutex_register in its modules).
var apacheMutexes = []string{
	"mpm-accept", "authdigest-client", "authdigest-opaque", "authn-socache", "cache-socache", "ldap-cache",
	"proxy", "proxy-balancer-shm", "rewrite-map", "ssl-cache", "ssl-stapling", "ssl-stapling-refresh", "watchdog-callback",
}

var mutexFile = regexp.MustCompile(`^(` + strings.Join(apacheMutexes, "|") + `)(-[^.]*)?\.[0-9]+$`)

// lockName tells whether a file is named like a lock: x.lock, lock.1, x-lock, .lck, or one of Apache's mutexes.
func lockName(base string) bool {
	if mutexFile.MatchString(base) {
		return true
	}
	for _, part := range strings.FieldsFunc(strings.ToLower(base), func(r rune) bool {
		return r == '.' || r == '-' || r == '_'
	}) {
		switch part {
		case "lock", "lck", "lk", "mutex":
			return true
		}
	}
	return false
}
