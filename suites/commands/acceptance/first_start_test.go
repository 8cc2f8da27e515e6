package acceptance_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// believes is a server that does not start while its pid file exists, whatever that holds.
const believes = listens + `if (-e "/run/app.pid") { print "already running\n"; exit 1 } open F, ">/run/app.pid"; print F "$$\n"; close F;
$SIG{TERM} = sub { unlink "/run/app.pid"; exit 0 }; listens(8080);`

// messagesOf are the messages of the cells that were judged, by address.
func messagesOf(summary record.Summary) map[string]string {
	messages := map[string]string{}
	for _, target := range summary.Targets {
		for _, cell := range target.Cells() {
			if cell.Judgement != nil {
				messages[cell.Address] = cell.Judgement.Message
			}
		}
	}
	return messages
}

// A server ran while the image was built, and its pid file is in a layer.
func TestALeftoverInTheImageIsNamed(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	const usual = `listeners: {web: {port: 8080, proto: tcp}}
ready: {listener: web, within: 3s}
leftovers: {run_dir: {path: /run}, stays: 1s}
`
	once := strings.Replace(usual, "stays: 1s", "stays: 1s, scenarios: {fresh: {because: nothing was there, steps: [{start: 0, expect: starts}]}}", 1)
	seen, summary, e := startsOf(t,
		"-f", server{name: "in-image", program: believes, target: usual, dockerfile: "RUN echo 7 > /run/app.pid && mkdir /run/kept && chown 33 /run/kept\n"}.file(t),
		"-f", server{name: "not-in-image", program: believes, target: usual}.file(t),
		"-f", server{name: "no-such-port", program: listens + "listens(8081);", target: once, dockerfile: "RUN echo 7 > /run/app.pid\n"}.file(t))
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{
		"in-image/startup/clean-stop": "refuses failed", "in-image/startup/unclean-other-pid": "refuses failed", "in-image/startup/unclean-same-pid": "refuses failed",
		"not-in-image/startup/clean-stop": "starts passed", "not-in-image/startup/unclean-other-pid": "refuses failed", "not-in-image/startup/unclean-same-pid": "refuses failed",
		"no-such-port/startup/fresh": "inconclusive inconclusive",
	}))
	said := messagesOf(summary)
	g.Expect(said["in-image/startup/clean-stop"]).To(And(
		ContainSubstring("the first start of a fresh container: start 1 with PID 4242: seen refuses (the main process ended: exit status 1"),
		ContainSubstring("expected starts; the image itself holds what is in the way: pid-file /run/app.pid; a fresh container without it serves")))
	g.Expect(said["not-in-image/startup/unclean-same-pid"]).NotTo(ContainSubstring("image"))
	g.Expect(said["no-such-port/startup/fresh"]).To(ContainSubstring("the first start does not serve, although nothing was left behind before it"))
}

// half is a server with two ports. The second one has a lock of its own.
const half = listens + `my $lock = "/run/admin.lock"; my $taken = TAKEN && -e $lock; open F, ">$lock"; close F; my $child;
unless ($taken) { $child = fork; listens(8081) unless $child }
$SIG{TERM} = sub { kill KILL => $child; unlink $lock; exit 0 }; listens(8080);`

// Without oracles, each listener has to be served.
func TestASecondListenerThatIsDeadMakesAStartDegraded(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	two := func(name, taken string) string {
		return server{name: name, program: "use constant TAKEN => " + taken + ";\n" + half, target: `listeners: {web: {port: 8080, proto: tcp}, admin: {port: 8081, proto: tcp}}
ready: {listener: web, within: 3s}
leftovers: {run_dir: {path: /run}, stays: 1s}
`}.file(t)
	}
	seen, summary, e := startsOf(t, "-f", two("locked", "1"), "-f", two("not-locked", "0"))
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{
		"locked/startup/clean-stop": "starts passed", "locked/startup/unclean-other-pid": "degraded failed", "locked/startup/unclean-same-pid": "degraded failed",
		"not-locked/startup/clean-stop": "starts passed", "not-locked/startup/unclean-other-pid": "starts passed", "not-locked/startup/unclean-same-pid": "starts passed",
	}))
	g.Expect(messagesOf(summary)["locked/startup/unclean-other-pid"]).To(And(ContainSubstring("seen degraded (admin: "), ContainSubstring("expected starts")))
}

// What an image declares as a volume outlives the container only if the Kubernetes pod has a volume there. The file says it.
func TestAVolumeOfTheImageOutlivesTheContainerIfTheFileSaysSo(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	data := func(name, volumes string) string {
		return server{name: name, dockerfile: "RUN mkdir /data && echo seed > /data/seed && chown -R 33 /data\nVOLUME /data\nUSER 33\n",
			program: listens + `-e "/data/seed" or die "no seed"; if (-e "/data/app.lock") { print "locked\n"; exit 1 } open F, ">/data/app.lock" or die; close F;
$SIG{TERM} = sub { unlink "/data/app.lock"; exit 0 }; listens(8080);`,
			target: `listeners: {web: {port: 8080, proto: tcp}}
restart_as: kubernetes
ready: {listener: web, within: 3s}
leftovers: {watch: [/data], stays: 1s` + volumes + "}\n"}.file(t)
	}
	seen, summary, e := startsOf(t, "-f", data("unsaid", ""), "-f", data("kept", ", volumes: {/data: kept}"), "-f", data("new", ", volumes: {/data: new}"))
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(seen).To(Equal(started{
		"unsaid/startup/clean-stop": "inconclusive inconclusive", "unsaid/startup/unclean-other-pid": "inconclusive inconclusive", "unsaid/startup/unclean-same-pid": "inconclusive inconclusive",
		"kept/startup/clean-stop": "starts passed", "kept/startup/unclean-other-pid": "refuses failed", "kept/startup/unclean-same-pid": "refuses failed",
		"new/startup/clean-stop": "starts passed", "new/startup/unclean-other-pid": "starts passed", "new/startup/unclean-same-pid": "starts passed",
	}))
	g.Expect(messagesOf(summary)["unsaid/startup/clean-stop"]).To(And(ContainSubstring("the image declares VOLUME /data, and the file does not say"),
		ContainSubstring("expected leftovers: {volumes: {/data: kept}}")))
}
