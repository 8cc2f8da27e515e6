package autopsy

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// syscallInsn is the instruction that enters the kernel.
var syscallInsn = []byte{0x0f, 0x05}

// redZone is what a leaf function may use below its stack pointer.
const redZone = 128

// A stop shows a call that is to be taken up again by a result between these.
// Source: ERESTARTSYS to ERESTART_RESTARTBLOCK in linux/errno.h.
const (
	firstRestart = -512
	lastRestart  = -516
)

func stackPointer(r *unix.PtraceRegs) uint64 { return r.Rsp }

// interrupted is the call that a stop has interrupted; ok is false where there was none.
func interrupted(r *unix.PtraceRegs) (nr int64, args [6]uint64, ok bool) {
	args = [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}
	nr = int64(r.Orig_rax)
	rax := int64(r.Rax)
	return nr, args, nr >= 0 && rax <= firstRestart && rax >= lastRestart
}

// insnBefore is where the instruction of the interrupted call stands, if there was one.
func insnBefore(r *unix.PtraceRegs) uint64 { return r.Rip - uint64(len(syscallInsn)) }

// prepare sets the registers for a call by the instruction at pc.
func prepare(r unix.PtraceRegs, pc uint64, nr int64, args [6]uint64) unix.PtraceRegs {
	r.Rip, r.Rax, r.Orig_rax = pc, uint64(nr), ^uint64(0) // no call to take up again
	r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = args[0], args[1], args[2], args[3], args[4], args[5]
	return r
}

func result(r *unix.PtraceRegs) int64 { return int64(r.Rax) }

// resume are the registers with which an interrupted thread goes on as if it had
// not been stopped: on this architecture those of the stop, since the kernel takes the call up again itself.
func resume(r unix.PtraceRegs) unix.PtraceRegs { return r }

var order = binary.LittleEndian
