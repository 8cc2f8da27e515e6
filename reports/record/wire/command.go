package wire

// Pod is the command of the in-pod program that all others are under: `stalemate pod attack`.
const Pod = "pod"

// Command is one of the in-pod program's commands. Those of the attackers are in attackers/inpod, the others in
// containers/inpod.
type Command string

// The commands. Most read lines of JSON and write lines of JSON until their input ends.
const (
	CommandAttack    Command = "attack"    // reads a Plan, writes events
	CommandProbe     Command = "probe"     // reads one ProbeRequest, writes its ProbeResults
	CommandAsk       Command = "ask"       // reads ProbeRequests, writes a ProbeResult for each
	CommandInspect   Command = "inspect"   // reads commands of package inspect, writes events
	CommandListeners Command = "listeners" // reads nothing, writes the sockets that listen
	CommandStranger  Command = "stranger"  // writes what it is, and lives until its input ends
	CommandKeep      Command = "keep"      // holds a PID namespace
	CommandLook      Command = "look"      // answers of processes and leftovers
	CommandPause     Command = "pause"     // holds namespaces
)

// Argv is the command line after the program's name.
func (c Command) Argv(more ...string) []string { return append([]string{Pod, string(c)}, more...) }
