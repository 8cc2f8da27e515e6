package autopsy

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Constants of linux/ptrace.h and linux/elf.h that package unix does not have.
const (
	ptraceGetSigMask = 0x420a
	ptraceSetSigMask = 0x420b
	ntPRStatus       = 1
	eventStop        = 128 // PTRACE_EVENT_STOP
	optSysGood       = 1   // PTRACE_O_TRACESYSGOOD: distinguishes a stop at a system call from a SIGTRAP
)

// registers reads or writes the general registers. Another size than expected belongs to a 32-bit program.
func (t *tracee) registers(request int, regs *unix.PtraceRegs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs))}
	iov.SetLen(int(unsafe.Sizeof(*regs)))
	if err := ptraceAt(request, t.tid, ntPRStatus, unsafe.Pointer(&iov)); err != nil {
		return err
	}
	if iov.Len != uint64(unsafe.Sizeof(*regs)) {
		return ErrForeign
	}
	return nil
}

func ptrace(request, tid int, addr, data uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// ptraceAt is ptrace with a pointer as the data argument.
func ptraceAt(request, tid int, addr uintptr, data unsafe.Pointer) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, uintptr(data), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
