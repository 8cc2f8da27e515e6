package learn

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestServersAreRecognised(t *testing.T) {
	said := func(header string) map[string][]string { return map[string][]string{"Server": {header}} }
	for want, p := range map[string]port{
		"Apache": {comm: "apache2"}, "nginx": {comm: "openresty", headers: said("nginx/1.22")}, "HAProxy": {comm: "haproxy"}, "lighttpd": {headers: said("lighttpd/1.4")},
		"Go's net/http": {comm: "shop", http: true, product: goServer}, "Caddy": {comm: "caddy", headers: said("Caddy"), product: goServer}, "vsftpd": {comm: "vsftpd"},
		"Dovecot": {comm: "dovecot"}, "Postfix": {comm: "master", product: postfix}, "mosquitto": {comm: "mosquitto"},
	} {
		NewWithT(t).Expect(recognise([]port{p}).name).To(Equal(want))
	}
	g := NewWithT(t)
	g.Expect(recognise([]port{{comm: "shop", headers: said("shop/1"), product: goServer}}).name).To(BeEmpty(), "a header that is not known hides what is behind it")
	g.Expect(recognise([]port{{comm: "shop"}}).remedy(cellOf("http.headers", record.Silent))).To(BeEmpty())
}

// TestEveryWeaknessOfAKnownServerNamesWhatEndsIt, or that nothing does.
func TestEveryWeaknessOfAKnownServerNamesWhatEndsIt(t *testing.T) {
	cell := func(proto, stage string, mode record.Mode) *plan.Cell {
		c := cellOf(stage, mode)
		c.Listener.Proto = proto
		return c
	}
	for _, c := range []struct {
		server string
		cell   *plan.Cell
		says   string
	}{
		{"Go's net/http", cell("http", "http.headers", record.Trickle), "set http.Server.ReadHeaderTimeout to end it"},
		{"Go's net/http", cell("http", "http.body", record.Trickle), "set http.Server.ReadTimeout to end it"},
		{"Go's net/http", cell("http", "http.keep-alive", record.Silent), "set http.Server.IdleTimeout to end it"},
		{"Go's net/http", cell("http", "tcp.connected", record.Silent), "set http.Server.ReadHeaderTimeout to end it"},
		{"Go's net/http", cell("https", "h2.idle", record.Silent), "set http.Server.IdleTimeout to end it"},
		{"Caddy", cell("http", "http.keep-alive", record.Silent), "set servers.timeouts.idle to end it"},
		{"vsftpd", cell("tcp", "tcp.connected", record.Silent), "set idle_session_timeout to end it"},
		{"vsftpd", cell("tcp", "banner", record.Silent), "set idle_session_timeout to end it"},
		{"vsftpd", cell("tcp", "banner", record.Trickle), ""},
		{"Postfix", cell("tcp", "hello", record.Silent), "set smtpd_timeout to end it"},
		{"Postfix", cell("tcp", "hello", record.Trickle), "set smtpd_per_request_deadline = yes to end it"},
		{"Postfix", cell("tls", "tls.finished", record.Silent), "set smtpd_starttls_timeout to end it"},
		{"Dovecot", cell("tcp", "tcp.connected", record.Silent), "Dovecot's limit before the login is a constant of its source (CLIENT_LOGIN_TIMEOUT_MSECS)"},
		{"mosquitto", cell("tcp", "tcp.connected", record.Silent), "mosquitto's limit before CONNECT is a constant of its source"},
		{"nginx", cell("http", "http.body", record.Silent), "set client_body_timeout to end it"},
		{"nginx", cell("http", "http.body", record.Trickle), ""}, // each byte starts it anew
		{"lighttpd", cell("http", "http.keep-alive", record.Silent), "set server.max-keep-alive-idle to end it"},
		{"HAProxy", cell("http", "http.headers", record.Silent), "set timeout http-request to end it"},
		{"Apache", cell("https", "tls.client-hello", record.Trickle), "set RequestReadTimeout handshake= to end it"},
	} {
		known := server{}
		for _, s := range servers {
			if s.name == c.server {
				known = s.server
			}
		}
		NewWithT(t).Expect(known.remedy(c.cell)).To(Equal(c.says), c.server+" "+c.cell.Address)
	}
}
