package record

import "fmt"

// Counted is a number of things: "1 connection", "3 connections".
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
