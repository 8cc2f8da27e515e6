// A server of Go's net/http. With TIMEOUTS=day every timeout is 24 h, else there is none.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const largeBytes = 32 << 20

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client has gone
		}
		_, _ = io.WriteString(w, `<a href="/large">large</a> <form method=post action="/form"></form>`) // the client may have gone
	})
	http.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "large.bin", time.Time{}, strings.NewReader(strings.Repeat("x", largeBytes)))
	})
	s := &http.Server{Addr: ":8080"}
	if os.Getenv("TIMEOUTS") == "day" {
		const day = 24 * time.Hour
		s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = day, day, day, day
	}
	log.Fatal(s.ListenAndServe())
}
