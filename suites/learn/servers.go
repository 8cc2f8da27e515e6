package learn

// servers are recognised by the name of the process or by the first word of the Server header.
var servers = []struct {
	names []string
	server
}{
	// Apache 2.4, core and mod_reqtimeout: Timeout counts each read and write. handshake= exists since 2.4.39 and is off by default.
	{[]string{"apache2", "httpd", "apache"}, server{
		name: "Apache",
		sets: map[string]string{"tls": "Timeout", "established": "RequestReadTimeout header=", "head": "RequestReadTimeout header=",
			"body": "RequestReadTimeout body=", "keep-alive": "KeepAliveTimeout", "response": "Timeout"},
		bounds: map[string]string{"tls": "RequestReadTimeout handshake=", "head": "RequestReadTimeout header=", "body": "RequestReadTimeout body=", "response": "Timeout"},
	}},
	// nginx: client_header_timeout runs from the accept to the end of the head, the handshake included.
	{[]string{"nginx"}, server{
		name: "nginx",
		sets: map[string]string{"tls": "client_header_timeout", "established": "client_header_timeout", "head": "client_header_timeout",
			"body": "client_body_timeout", "keep-alive": "keepalive_timeout", "response": "send_timeout"},
		bounds: map[string]string{"tls": "client_header_timeout", "head": "client_header_timeout"},
	}},
	// HAProxy has no limit by default. client-hs exists since 2.9; before it timeout client counts, each byte anew.
	{[]string{"haproxy"}, server{
		name: "HAProxy",
		sets: map[string]string{"tls": "timeout client", "established": "timeout http-request", "head": "timeout http-request",
			"body": "timeout client", "keep-alive": "timeout http-keep-alive", "response": "timeout client"},
		bounds: map[string]string{"tls": "timeout client-hs", "head": "timeout http-request"},
	}},
	// lighttpd: its limits are per read or write and are looked at once a second.
	{[]string{"lighttpd"}, server{
		name: "lighttpd",
		sets: map[string]string{"tls": "server.max-read-idle", "established": "server.max-read-idle", "head": "server.max-read-idle",
			"body": "server.max-read-idle", "keep-alive": "server.max-keep-alive-idle", "response": "server.max-write-idle"},
	}},
	// Go's net/http has no limit by default. ReadHeaderTimeout counts from the accept or the first byte of a request, the
	// handshake included; ReadTimeout to the end of the body (net/http, type Server).
	{[]string{goServer}, server{
		name: "Go's net/http", whole: true,
		sets: map[string]string{"tls": "http.Server.ReadHeaderTimeout", "established": "http.Server.ReadHeaderTimeout",
			"head": "http.Server.ReadHeaderTimeout", "body": "http.Server.ReadTimeout", "keep-alive": "http.Server.IdleTimeout",
			"response": "http.Server.WriteTimeout"},
	}},
	// Caddy: the timeouts of the global option servers; they are Go's.
	{[]string{"caddy"}, server{
		name: "Caddy", whole: true,
		sets: map[string]string{"tls": "servers.timeouts.read_header", "established": "servers.timeouts.read_header",
			"head": "servers.timeouts.read_header", "body": "servers.timeouts.read_body", "keep-alive": "servers.timeouts.idle",
			"response": "servers.timeouts.write"},
	}},
	// vsftpd.conf(5). Before the login it counts as for a session; TLS has no limit but this.
	{[]string{"vsftpd"}, server{
		name: "vsftpd", sets: map[string]string{"session": "idle_session_timeout", "tls": "idle_session_timeout", "established": "idle_session_timeout"},
	}},
	// Dovecot: CLIENT_LOGIN_TIMEOUT_MSECS of login-common/client-common.h counts until the login.
	{[]string{"dovecot", "imap-login", "pop3-login"}, server{
		name: "Dovecot", constant: "Dovecot's limit before the login is a constant of its source (CLIENT_LOGIN_TIMEOUT_MSECS)",
	}},
	// postconf(5): smtpd_timeout counts each read; smtpd_per_request_deadline (since 3.7) makes it one for a whole command.
	{[]string{"smtpd", "postscreen", postfix}, server{
		name:   "Postfix",
		sets:   map[string]string{"session": "smtpd_timeout", "established": "smtpd_timeout", "tls": "smtpd_starttls_timeout"},
		bounds: map[string]string{"session": "smtpd_per_request_deadline = yes", "tls": "smtpd_starttls_timeout"},
	}},
	// mosquitto: a connection without CONNECT has a keepalive of 60 s, and is ended after one and a half of them (lib/util_mosq.c,
	// src/context.c). max_keepalive bounds what a client asks for.
	{[]string{"mosquitto"}, server{
		name: "mosquitto", constant: "mosquitto's limit before CONNECT is a constant of its source",
	}},
}

// Names of servers that no process and no header has.
const (
	goServer = "net/http" // known by its answer to what is no HTTP, see goAnswer
	postfix  = "esmtp postfix"
)
