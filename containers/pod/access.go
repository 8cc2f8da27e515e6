package pod

import "slices"

// Access says what inspector and witness may do to objects of another user than root. Root without a capability can list
// nothing in a 0700 directory of another user, and change nothing in a 0755 one.
type Access string

// Values of Spec.Access. Each includes those before it. Each capability is one that every container of the engine has by default.
const (
	// Own: only objects that root could list without a capability.
	Own Access = ""
	// List: list and plant anywhere. DAC_OVERRIDE does this. DAC_READ_SEARCH would do to list, but is the greater privilege:
	// with open_by_handle_at, a container that has it reads files of the engine's machine.
	List Access = "list"
	// Change: also remove. FOWNER removes from a sticky directory of another user. SETUID removes a SysV object: only its owner
	// may, and the alternative is SYS_ADMIN (IPC_OWNER does not suffice: ipcctl_obtain_check in ipc/util.c).
	Change Access = "change"
	// Give: also plant objects that belong to another user. CHOWN gives files away; SETUID and SETGID create SysV objects.
	Give Access = "give"
)

// accesses lists the values, from the least.
func accesses() []Access { return []Access{Own, List, Change, Give} }

// capabilities are those of inspector and witness, beside the inspector's SYS_PTRACE.
func (a Access) capabilities() []string {
	var all []string
	for _, step := range []struct {
		from Access
		adds []string
	}{{List, []string{"DAC_OVERRIDE"}}, {Change, []string{"FOWNER", "SETUID"}}, {Give, []string{"CHOWN", "SETGID"}}} {
		if slices.Index(accesses(), a) >= slices.Index(accesses(), step.from) {
			all = append(all, step.adds...)
		}
	}
	return all
}
