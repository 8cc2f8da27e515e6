package binary

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// outputWithin is how long the output may stay open after the group was killed: a process that left the group may hold it.
const outputWithin = 5 * time.Second

// RunGroup runs cmd, which must come from exec.CommandContext, as the leader of a new process group, and kills the whole
// group when the command's context ends. watch, which may be nil, is told the leader's PID before the command runs; RunGroup
// calls its result when the group has ended. If stalemate dies before watch knows the PID, the command never runs, since
// nobody would end it.
func RunGroup(cmd *exec.Cmd, watch func(pid int) (gone func())) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = outputWithin
	if watch == nil {
		return cmd.Run()
	}
	if cmd.Err != nil { // the program was not found; the shell would hide this
		return cmd.Err
	}
	waits, begin, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for %s: %w", cmd.Path, err)
	}
	waitForLine(waits, cmd)
	err = cmd.Start()
	_ = waits.Close() // the child has its own copy
	if err != nil {
		_ = begin.Close()
		return err
	}
	defer watch(cmd.Process.Pid)()
	_, _ = begin.Write([]byte("\n")) // it fails if the group was killed already; Wait returns why
	_ = begin.Close()
	return cmd.Wait()
}

// waitForLine makes a shell run first. It waits for a line on the pipe and then becomes the command. The pipe ends without
// a line if stalemate dies, and then the shell exits.
func waitForLine(waits *os.File, cmd *exec.Cmd) {
	cmd.ExtraFiles = []*os.File{waits} // descriptor 3, by exec.Cmd's rule
	cmd.Args = append([]string{"sh", "-c", `read -r line <&3 && exec 3<&- && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}
