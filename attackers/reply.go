package attackers

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"strconv"
)

// replyLimit is how much of an undecided reply is kept, in bytes.
const replyLimit = 1024

// reply parses what a server sends on a parked connection, without a TLS stack: an alert
// in the clear, a final HTTP status, or something else.
type reply struct {
	kept    []byte
	Alert   string // name of an alert in the clear, close_notify included
	Fatal   bool   // the alert ends the connection by itself
	Status  int    // of a final HTTP response
	Interim int    // of the last interim response, as in 100
}

// decided says whether the reply releases the hold.
func (r *reply) decided() bool { return r.Status != 0 || r.Alert != "" }

// Text is the beginning of the reply, for people.
func (r *reply) Text() string { return string(r.kept[:min(len(r.kept), 120)]) }

// feed adds bytes to the reply, as many at a time as it keeps.
func (r *reply) feed(p []byte) {
	for len(p) > 0 && !r.decided() && len(r.kept) < replyLimit {
		n := min(len(p), replyLimit-len(r.kept))
		r.kept = append(r.kept, p[:n]...)
		p = p[n:]
		r.readAlert()
		r.readStatus()
	}
}

// readAlert recognises an alert record in the clear: type, version 3.x, length 2,
// level, description (RFC 5246 section 7.2). Handshake records before it are skipped.
func (r *reply) readAlert() {
	for _, rec := range records(r.kept) {
		if len(rec) < recordHeaderLen || rec[1] != 3 || (rec[0] != recordAlert && rec[0] != recordHandshake) {
			return
		}
		if len(rec) != recordHeaderLen+int(binary.BigEndian.Uint16(rec[3:5])) {
			return // the rest has not arrived
		}
		if rec[0] == recordAlert && len(rec) == recordHeaderLen+2 {
			const fatal, closeNotify = 2, 0
			r.Alert = alertName(rec[6])
			r.Fatal = rec[5] == fatal
			if !r.Fatal && rec[6] != closeNotify {
				r.Alert = "" // a warning does not end the connection
				continue
			}
			return
		}
	}
}

// readStatus recognises the status line of RFC 9112 section 4, and skips whole
// interim responses (RFC 9110 section 15.2). 101 is final: what follows it is another protocol.
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
		if code >= 200 || code == http.StatusSwitchingProtocols {
			r.Status = code
			return
		}
		r.Interim = code
		end := endOfHead(r.kept)
		if end < 0 {
			if len(r.kept) == replyLimit { // a long interim response: its end is still to come
				r.kept = append(r.kept[:least], r.kept[replyLimit-longestEnd+1:]...)
			}
			return
		}
		r.kept = r.kept[end:]
	}
}

// longestEnd is the length of the longest end of a head.
const longestEnd = len("\n\r\n")

// endOfHead is the index after the first empty line, -1 if there is none. A line may end with LF alone (RFC 9112 section 2.2).
func endOfHead(head []byte) int {
	end := -1
	for _, mark := range []string{"\n\r\n", "\n\n"} {
		if at := bytes.Index(head, []byte(mark)); at >= 0 && (end < 0 || at+len(mark) < end) {
			end = at + len(mark)
		}
	}
	return end
}
