package wire

import "time"

// ProbeRequest is one exchange with a server, made once, until it succeeds, or
// again and again. Durations are nanoseconds in JSON.
type ProbeRequest struct {
	Address      string            `json:"address"`
	Proto        string            `json:"proto,omitempty"` // tcp: connect; tls: and a handshake; http (default): and a request
	TLS          *TLS              `json:"tls,omitempty"`   // http with it is https
	Request      Request           `json:"request"`         // Host, Path, Headers
	Method       string            `json:"method,omitempty"`
	Body         string            `json:"body,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`      // sent before the request's
	Preface      []Step            `json:"preface,omitempty"`      // before TLS
	Conversation []Step            `json:"conversation,omitempty"` // instead of HTTP
	Expect       int               `json:"expect,omitempty"`       // the status that counts as success; 0: any final one below 500
	ExpectBody   string            `json:"expect_body,omitempty"`  // a regular expression on the body's prefix
	Timeout      time.Duration     `json:"timeout,omitempty"`      // of one exchange; 0 means 5 s
	Within       time.Duration     `json:"within,omitempty"`       // try again until it succeeds or this has passed
	TellEvery    time.Duration     `json:"tell_every,omitempty"`   // with Within: a result of a failure as well, where it is unlike the last one or this has passed
	RepeatFor    time.Duration     `json:"repeat_for,omitempty"`   // a series: one result for each exchange
	Interval     time.Duration     `json:"interval,omitempty"`     // between two beginnings; 0 means 100 ms
	Distinct     *Distinct         `json:"distinct,omitempty"`     // again and again until every worker has answered, or Within has passed
}

// ProbeResult is what became of one exchange.
type ProbeResult struct {
	T          int64               `json:"t"`                 // CLOCK_MONOTONIC ns when it began
	EndT       int64               `json:"end_t"`             // when it ended
	OK         bool                `json:"ok"`                // everything that was asked for was seen
	Reached    string              `json:"reached,omitempty"` // the last that succeeded: dial, tls, http, conversation
	Status     int                 `json:"status,omitempty"`
	Headers    map[string][]string `json:"headers,omitempty"`
	Body       string              `json:"body,omitempty"` // at most 4 KiB
	TLSVersion string              `json:"tls_version,omitempty"`
	TookMS     float64             `json:"took_ms"`
	Attempts   int                 `json:"attempts"` // with within: this many were made
	Error      string              `json:"error,omitempty"`
	ErrorClass string              `json:"error_class,omitempty"` // refused, timeout, reset, eof, tls, http, other
}

// Distinct asks again and again, each time on a new connection, until a
// response header has had so many values: until every worker of a server that
// names itself in it has answered.
type Distinct struct {
	Header string `json:"header"`
	Values int    `json:"values"`
}
