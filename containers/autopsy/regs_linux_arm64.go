package autopsy

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// syscallInsn is the system call instruction, svc #0.
var syscallInsn = []byte{0x01, 0x00, 0x00, 0xd4}

// redZone is how many bytes below the stack pointer a leaf function may use (AAPCS64: none).
const redZone = 0

func stackPointer(r *unix.PtraceRegs) uint64 { return r.Sp }

// interrupted is the system call that the stop has interrupted. On arm64 the kernel moves the program counter back to the svc
// instruction before it stops the thread. The registers alone do not show this: the caller checks that an svc is there.
func interrupted(r *unix.PtraceRegs) (nr int64, args [6]uint64, ok bool) {
	copy(args[:], r.Regs[:6])
	return int64(r.Regs[8]), args, int64(r.Regs[8]) >= 0
}

// syscallInsnBefore is the address of the instruction of the interrupted system call, if there was one.
func syscallInsnBefore(r *unix.PtraceRegs) uint64 { return r.Pc }

// prepare sets the registers for a system call by the instruction at pc.
func prepare(r unix.PtraceRegs, pc uint64, nr int64, args [6]uint64) unix.PtraceRegs {
	r.Pc, r.Regs[8] = pc, uint64(nr)
	copy(r.Regs[:6], args[:])
	return r
}

func result(r *unix.PtraceRegs) int64 { return int64(r.Regs[0]) }

// resume returns the registers with which an interrupted thread continues. It executes the svc again. A sleep or a wait with
// a timeout becomes restart_syscall, so that it keeps the time that is left.
func resume(r unix.PtraceRegs) unix.PtraceRegs {
	switch r.Regs[8] {
	case unix.SYS_NANOSLEEP:
	case unix.SYS_CLOCK_NANOSLEEP:
		if r.Regs[1]&unix.TIMER_ABSTIME != 0 {
			return r
		}
	case unix.SYS_FUTEX:
		if r.Regs[3] == 0 {
			return r
		}
	default:
		return r
	}
	r.Regs[8] = unix.SYS_RESTART_SYSCALL
	return r
}

var order = binary.LittleEndian
