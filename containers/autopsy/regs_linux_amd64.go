package autopsy

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// syscallInsn is the system call instruction.
var syscallInsn = []byte{0x0f, 0x05}

// redZone is how many bytes below the stack pointer a leaf function may use (System V ABI, AMD64, 3.2.2).
const redZone = 128

// A result in this range means that the kernel will restart the interrupted system call: ERESTARTSYS to
// ERESTART_RESTARTBLOCK in linux/errno.h.
const (
	firstRestart = -512
	lastRestart  = -516
)

func stackPointer(r *unix.PtraceRegs) uint64 { return r.Rsp }

// interrupted is the system call that the stop has interrupted. ok is false if there was none.
func interrupted(r *unix.PtraceRegs) (nr int64, args [6]uint64, ok bool) {
	args = [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}
	nr = int64(r.Orig_rax)
	rax := int64(r.Rax)
	return nr, args, nr >= 0 && rax <= firstRestart && rax >= lastRestart
}

// syscallInsnBefore is the address of the instruction of the interrupted system call, if there was one.
func syscallInsnBefore(r *unix.PtraceRegs) uint64 { return r.Rip - uint64(len(syscallInsn)) }

// prepare sets the registers for a system call by the instruction at pc.
func prepare(r unix.PtraceRegs, pc uint64, nr int64, args [6]uint64) unix.PtraceRegs {
	r.Rip, r.Rax, r.Orig_rax = pc, uint64(nr), ^uint64(0) // no system call to restart
	r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = args[0], args[1], args[2], args[3], args[4], args[5]
	return r
}

func result(r *unix.PtraceRegs) int64 { return int64(r.Rax) }

// resume returns the registers with which an interrupted thread continues as if it had not been stopped. On amd64 they are
// those of the stop: the kernel itself restarts the system call.
func resume(r unix.PtraceRegs) unix.PtraceRegs { return r }

var order = binary.LittleEndian
