package house_test

import "strings"

// rule limits what the packages under one folder may import of this module. Paths are
// folders of the module; each stands for itself and for everything below it.
type rule struct {
	why    string
	of     string   // the packages that it is about
	except string   // a folder below `of` that has its own rule
	may    []string // all that they may import of this module; nil for no such list
	never  []string // what they must not import, of this module or of the standard library
	tests  bool     // it counts for their tests as well
}

// rules are the imports that the design allows: they point downwards,
// suites -> attackers, containers, fixtures/target -> reports/record.
func rules() []rule {
	return []rule{{
		why: "The record of a run is what everything else writes or reads, so it knows nothing of the rest.",
		of:  "reports/record", may: []string{"reports/record"}, tests: true,
	}, {
		why: "Reports draw a run from its record and decide nothing.",
		of:  "reports", may: []string{"reports"}, tests: true,
	}, {
		why: "The client side knows sockets. It must work against a server that no container of stalemate runs.",
		of:  "attackers", may: []string{"attackers", "reports/record"}, tests: true,
	}, {
		why: "The list of stages is data, which plans read without the code that opens connections.",
		of:  "attackers/stages", may: []string{"attackers/stages", "reports/record"}, never: []string{"net", "os"}, tests: true,
	}, {
		why: "The server side knows nothing of the clients: what holds a connection cannot matter to how a server is observed.",
		of:  "containers", may: []string{"containers", "reports/record"}, tests: true,
	}, {
		why: "The canary is a server like any target: it shares no code with what tests it.",
		of:  "fixtures/canary", may: []string{"fixtures/canary"}, tests: true,
	}, {
		why: "The hostile server shares no code with what it attacks.",
		of:  "fixtures/hostile", may: []string{"fixtures/hostile"}, tests: true,
	}, {
		why: "A target file describes a server. What is done with it is above.",
		of:  "fixtures/target", may: []string{"fixtures", "reports/record"}, tests: true,
	}, {
		why: "A plan is made before anything starts, from target files and the list of stages alone.",
		of:  "suites/plan", may: []string{"suites/plan", "attackers/stages", "fixtures/target", "reports/record"}, never: doesIO(),
	}, {
		why: "A verdict is a pure function of what was measured, so that an old log can be judged again.",
		of:  "suites/verdict", may: []string{"suites/verdict", "attackers/stages", "fixtures/target", "reports/record"}, never: doesIO(),
	}, {
		why: "A run carries out any suite, so it must not depend on one.",
		of:  "suites/run", never: append(suites(), "suites/spec", "suites/learn", "suites/commands"), tests: true,
	}, {
		why: "A suite is read by itself. What two suites need is in suites/run or suites/spec.",
		of:  "suites/timeouts", never: []string{"suites/exhaustion", "suites/startup", "suites/upgrade"},
	}, {
		why: "A suite is read by itself. What two suites need is in suites/run or suites/spec.",
		of:  "suites/exhaustion", never: []string{"suites/timeouts", "suites/startup", "suites/upgrade"},
	}, {
		why: "A suite is read by itself. What two suites need is in suites/run or suites/spec.",
		of:  "suites/startup", never: []string{"suites/timeouts", "suites/exhaustion", "suites/upgrade"},
	}, {
		why: "Only the command learns: a suite judges by a file, and not by what it finds out itself.",
		of:  "suites", except: "suites/commands", never: []string{"suites/learn"},
	}, {
		why: "The command is on top: nothing but main starts it.",
		of:  "suites", except: "suites/commands", never: []string{"suites/commands"}, tests: true,
	}, {
		why: "main has flags in and exit status out; all else is in the command.",
		of:  ".", may: []string{"suites/commands"},
	}}
}

// suites are the folders of the Ginkgo suites.
func suites() []string {
	return []string{"suites/timeouts", "suites/exhaustion", "suites/startup", "suites/upgrade"}
}

// doesIO is what no pure function imports.
func doesIO() []string { return []string{"containers", "net", "os", "os/exec", "syscall"} }

// covers says whether a path is a folder or below it.
func covers(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
