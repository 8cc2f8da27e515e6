package binary

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// groupWaits is how long the output of a group that was ended may stay open.
const groupWaits = 5 * time.Second

// RunGroup runs a command, which exec.CommandContext has made, as the leader of a process group of its own, tells
// watch of it, and ends the whole group when the command's context does. With a watch the command begins only when
// that knows of it, and not at all where this process ends before: nobody else would end it.
func RunGroup(cmd *exec.Cmd, watch func(pid int) (gone func())) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = groupWaits
	if watch == nil {
		return cmd.Run()
	}
	if cmd.Err != nil { // it is not found, which the shell before it would hide
		return cmd.Err
	}
	waits, begin, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for %s: %w", cmd.Path, err)
	}
	behind(waits, cmd)
	err = cmd.Start()
	_ = waits.Close() // the command has its own
	if err != nil {
		_ = begin.Close()
		return err
	}
	defer watch(cmd.Process.Pid)()
	_, _ = begin.Write([]byte("\n")) // it fails where the command was ended already, which Wait tells
	_ = begin.Close()
	return cmd.Wait()
}

// behind puts a shell before a command that waits for a line on the pipe and then becomes the command. The pipe
// ends without a line where this process does.
func behind(waits *os.File, cmd *exec.Cmd) {
	cmd.ExtraFiles = []*os.File{waits} // descriptor 3, by exec.Cmd's rule
	cmd.Args = append([]string{"sh", "-c", `read -r line <&3 && exec 3<&- && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}
