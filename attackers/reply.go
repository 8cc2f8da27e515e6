package attackers

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// replyLimit is how much of an undecided reply is kept, bytes. An interim
// response of any server is far smaller.
const replyLimit = 1024

// reply looks at what a server says to a parked connection, without a TLS
// stack: an alert in the clear, a final HTTP status, or something else.
type reply struct {
	kept    []byte
	Alert   string // name of an alert in the clear, close_notify included
	Fatal   bool   // the alert ends the connection by itself
	Status  int    // of a final HTTP response
	Interim int    // of the last interim response, as in 100
}

// decided says whether the reply lets go of the connection.
func (r *reply) decided() bool { return r.Status != 0 || r.Alert != "" }

// Text is the beginning of what came, for people.
func (r *reply) Text() string { return string(r.kept[:min(len(r.kept), 120)]) }

// feed adds what came.
func (r *reply) feed(p []byte) {
	if r.decided() {
		return
	}
	r.kept = append(r.kept, p[:min(len(p), replyLimit-len(r.kept))]...)
	r.readAlert()
	r.readStatus()
}

// readAlert recognises an alert record in the clear: type, version 3.x, length 2,
// level, description (RFC 5246 section 7.2). Handshake records before it are skipped.
func (r *reply) readAlert() {
	for _, rec := range records(r.kept) {
		if len(rec) < recordHeaderLen || rec[1] != 3 || (rec[0] != recordAlert && rec[0] != recordHandshake) {
			return
		}
		if len(rec) != recordHeaderLen+int(binary.BigEndian.Uint16(rec[3:5])) {
			return // the rest of it has not come
		}
		if rec[0] == recordAlert && len(rec) == recordHeaderLen+2 {
			const fatal, closeNotify = 2, 0
			r.Alert = alertName(rec[6])
			r.Fatal = rec[5] == fatal
			if !r.Fatal && rec[6] != closeNotify {
				r.Alert = "" // a warning is no end
				continue
			}
			return
		}
	}
}

// readStatus recognises the status line of RFC 9112 section 4, and skips whole
// interim responses (RFC 9110 section 15.2).
func (r *reply) readStatus() {
	for {
		const prefix, least = "HTTP/1.", len("HTTP/1.1 200")
		if len(r.kept) < least || !bytes.HasPrefix(r.kept, []byte(prefix)) || r.kept[8] != ' ' {
			return
		}
		code, err := strconv.Atoi(string(r.kept[9:12]))
		if err != nil || code < 100 {
			return
		}
		if code >= 200 {
			r.Status = code
			return
		}
		end := bytes.Index(r.kept, []byte("\r\n\r\n"))
		if end < 0 {
			return
		}
		r.Interim = code
		r.kept = r.kept[end+4:]
	}
}
