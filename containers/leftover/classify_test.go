package leftover

import (
	"io/fs"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name, content string
		mode          fs.FileMode
		kind          string
		pid           int
	}{
		{"/run/httpd/httpd.pid", "4242\n", 0, PIDFile, 4242},
		{"/run/dbus/pid", "17", 0, PIDFile, 17},
		{"/run/x.lock", "4242\n", 0, PIDFile, 4242}, // the content counts more than the name
		{"/var/lib/postgresql/15/main/postmaster.pid", "4242\n/var/lib/postgresql/15/main\n1700000000\n5432\n/run/postgresql\n*\n  1253894         0\nready\n", 0, PIDFile, 4242},
		{"/run/postgresql/.s.PGSQL.5432.lock", "4242\n/var/lib/postgresql/15/main\n", 0, Lock, 4242},
		{"/run/app.pidfile", "12\nx", 0, PIDFile, 12},
		{"/run/app.pid", "x\n12\n", 0, File, 0},
		{"/run/counts", "12\n13\n", 0, File, 0}, // nothing says that this is a PID
		{"/run/httpd.pid", "", 0, File, 0},
		{"/run/httpd.pid", "0\n", 0, File, 0},
		{"/run/httpd.pid", "-3\n", 0, File, 0},
		{"/run/number", "7" + strings.Repeat(" ", MaxPIDFile), 0, File, 0},
		{"/var/lock/apache2/authdigest-client.4242", "", 0, Lock, 0},
		{"/run/httpd/mpm-accept-0.4242", "", 0, Lock, 0},
		{"/run/httpd/ldap-cache", "", 0, File, 0},
		{"/run/httpd/authdigest_shm.4242", "\xe8\x03", 0, File, 0},
		{"/run/lock/mpm-accept.lock", "", 0, Lock, 0},
		{"/run/rewrite-map-mutex.12", "", 0, Lock, 0},
		{"/run/clock", "", 0, File, 0},
		{"/run/cgisock.4242", "", fs.ModeSocket, Socket, 0},
		{"/run/lock", "", fs.ModeDir, Directory, 0},
		{"/run/to", "", fs.ModeSymlink, Symlink, 0},
		{"/run/pipe", "", fs.ModeNamedPipe, FIFO, 0},
		{"/dev/shm/ShM.1H2", "12", 0, PosixShm, 0},
		{"/dev/shm/sub/x", "", 0, File, 0},
	} {
		kind, pid := Classify(c.name, c.mode, []byte(c.content))
		NewWithT(t).Expect(kind).To(Equal(c.kind), c.name)
		NewWithT(t).Expect(pid).To(Equal(c.pid), c.name)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("/run/x.pid", uint32(0), []byte("12\n"))
	f.Fuzz(func(t *testing.T, name string, mode uint32, content []byte) {
		kind, pid := Classify(name, fs.FileMode(mode), content)
		if (kind == PIDFile || kind == Lock && pid != 0) != (pid > 0) {
			t.Errorf("%s with pid %d", kind, pid)
		}
	})
}
