package leftover

import (
	"fmt"
	"strconv"
	"strings"
)

// Owner finds the user and group of an owner that is written as chown takes it: USER or USER:GROUP, names or numbers. passwd
// and group are the contents of the target's /etc/passwd and /etc/group. USER alone means the group that passwd has for it; of
// a number that passwd does not have, group 0.
func Owner(owner, passwd, group string) (uid, gid int, err error) {
	user, of, both := strings.Cut(owner, ":")
	entry := find(passwd, user)
	switch {
	case entry != nil:
		if uid, err = id(entry, 2); err == nil {
			gid, err = id(entry, 3)
		}
	default:
		uid, err = strconv.Atoi(user)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("owner %q: the image's /etc/passwd has no user %s", owner, user)
	}
	if !both {
		return uid, gid, nil
	}
	if entry := find(group, of); entry != nil {
		gid, err = id(entry, 2)
	} else {
		gid, err = strconv.Atoi(of)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("owner %q: the image's /etc/group has no group %s", owner, of)
	}
	return uid, gid, nil
}

// find finds the line of passwd(5) or group(5) with that name or number.
func find(text, nameOrNumber string) []string {
	for line := range strings.Lines(text) {
		entry := strings.Split(strings.TrimSpace(line), ":")
		if len(entry) > 2 && (entry[0] == nameOrNumber || entry[2] == nameOrNumber) {
			return entry
		}
	}
	return nil
}

// id is a number of such a line.
func id(entry []string, field int) (int, error) {
	if field >= len(entry) {
		return 0, fmt.Errorf("%q has %d fields", strings.Join(entry, ":"), len(entry))
	}
	return strconv.Atoi(entry[field])
}
