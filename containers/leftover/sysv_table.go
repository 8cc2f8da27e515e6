package leftover

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"stalemate/reports/record"
)

// ParseSysV parses /proc/sysvipc/shm, sem or msg; kind is SysVShm, SysVSem or SysVMsg. It finds columns by the heading, since newer
// kernels have more. A removed segment that a process still uses (key 0) is listed too.
func ParseSysV(kind string, r io.Reader) ([]record.Leftover, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("read %s table: %w", kind, err)
		}
		return nil, fmt.Errorf("%s table has no heading", kind)
	}
	heading := strings.Fields(lines.Text())
	var found []record.Leftover
	for lines.Scan() {
		values := strings.Fields(lines.Text())
		if len(values) == 0 {
			continue
		}
		if len(values) != len(heading) {
			return nil, fmt.Errorf("%s table: %d values under %d columns: %q", kind, len(values), len(heading), lines.Text())
		}
		row := make(map[string]string, len(heading))
		for i, h := range heading {
			row[h] = values[i]
		}
		l, err := sysVRow(kind, row)
		if err != nil {
			return nil, fmt.Errorf("%s table: %w: %q", kind, err, lines.Text())
		}
		found = append(found, l)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s table: %w", kind, err)
	}
	return found, nil
}

// sysVColumns are the columns whose names differ between the tables.
var sysVColumns = map[string]struct{ id, size, creator string }{
	SysVShm: {"shmid", "size", "cpid"},
	SysVSem: {"semid", "nsems", ""}, // size is the number of semaphores
	SysVMsg: {"msqid", "cbytes", ""},
}

func sysVRow(kind string, row map[string]string) (record.Leftover, error) {
	columns, ok := sysVColumns[kind]
	if !ok {
		return record.Leftover{}, fmt.Errorf("unknown kind %q", kind)
	}
	var failed error
	number := func(column string, base int) int64 {
		n, err := strconv.ParseInt(row[column], base, 64)
		if err != nil && failed == nil {
			failed = fmt.Errorf("column %s: %w", column, err)
		}
		return n
	}
	l := record.Leftover{
		Kind: kind,
		Key:  fmt.Sprintf("0x%08x", uint32(number("key", 10))),
		Name: "id " + strconv.FormatInt(number(columns.id, 10), 10),
		Mode: fmt.Sprintf("%04o", number("perms", 8)&0o777), // shm has SHM_DEST and SHM_LOCKED in higher bits
		Size: number(columns.size, 10),
		// the present owner; cuid is the creator
		Owner: strconv.FormatInt(number("uid", 10), 10),
	}
	if columns.creator != "" {
		l.CPID = int(number(columns.creator, 10))
		l.Attach = int(number("nattch", 10))
	}
	return l, failed
}
