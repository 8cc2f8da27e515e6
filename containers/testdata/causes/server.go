// A Go server with a timeout of 60 s.
package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 60 * time.Second}
	log.Fatal(server.ListenAndServe())
}
