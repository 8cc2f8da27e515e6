// The shop is a server as somebody writes it who has never heard of stalemate: HTTP and HTTPS, and a lock
// file under its PID.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if err := lock(); err != nil {
		return err
	}
	// SHOP_TIMEOUT is the most that a client may take for its handshake and its request's head; "" is no limit.
	timeout, err := time.ParseDuration(os.Getenv("SHOP_TIMEOUT"))
	if err != nil {
		timeout = 0
	}
	shop := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "open") })
	ended := make(chan error, 2)
	go func() {
		s := &http.Server{Addr: ":8080", Handler: shop, ReadHeaderTimeout: timeout}
		ended <- s.ListenAndServe()
	}()
	go func() {
		s := &http.Server{Addr: ":8443", Handler: shop, ReadHeaderTimeout: timeout}
		ended <- s.ListenAndServeTLS("/etc/shop/cert.pem", "/etc/shop/key.pem")
	}()
	return <-ended
}

// lock makes the lock file. With SHOP_LOCK=exclusive a file that is there already is an error, although its
// owner may be dead.
func lock() error {
	if err := os.MkdirAll("/run", 0o755); err != nil {
		return err
	}
	flags := os.O_CREATE | os.O_WRONLY
	if os.Getenv("SHOP_LOCK") == "exclusive" {
		flags |= os.O_EXCL
	}
	file, err := os.OpenFile(fmt.Sprintf("/run/shop.%d.lock", os.Getpid()), flags, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}
