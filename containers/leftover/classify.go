package leftover

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// MaxPIDFile is the longest content that is looked at for a number: a PID has
// at most 7 digits (pid_max is at most 4194304), with white space around it.
const MaxPIDFile = 64

// Classify names the kind of a file by its type, its place, its content and its
// name, in this order. content is its first bytes, at most MaxPIDFile+1 of them;
// pid is the number that a pid file holds.
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
	if lockName(path.Base(name)) {
		return Lock, 0
	}
	return File, 0
}

// pidIn reads a content that is one positive number and nothing else.
func pidIn(content []byte) (int, bool) {
	if len(content) > MaxPIDFile {
		return 0, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	return pid, err == nil && pid > 0
}

// apacheMutexes are the names under which Apache creates the files of its
// `Mutex file`, `fcntl` and `flock`: NAME.PID or NAME-INSTANCE.PID (httpd 2.4,
// ap_mutex_register in its modules).
var apacheMutexes = []string{
	"mpm-accept", "authdigest-client", "authdigest-opaque", "authn-socache", "cache-socache", "ldap-cache",
	"proxy", "proxy-balancer-shm", "rewrite-map", "ssl-cache", "ssl-stapling", "ssl-stapling-refresh", "watchdog-callback",
}

var mutexFile = regexp.MustCompile(`^(` + strings.Join(apacheMutexes, "|") + `)(-[^.]*)?\.[0-9]+$`)

// lockName tells whether a file is named as locks are: x.lock, lock.1, x-lock,
// .lck, or like one of Apache's mutexes.
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
