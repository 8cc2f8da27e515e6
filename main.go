// Command stalemate finds servers that wait for ever, and servers that do not come back.
package main

import (
	"os"

	"stalemate/suites/commands"
)

func main() { os.Exit(commands.Execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
