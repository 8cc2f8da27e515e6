package attackers

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"regexp"
)

// variablePattern finds the variables in what a conversation sends.
var variablePattern = regexp.MustCompile(`\$\{[a-z][a-z0-9_]*\}`)

// filledIn puts the values of variables into a text. It leaves names alone that it does not know:
// whoever wrote the text has checked them.
func (c *client) filledIn(text string) (string, error) {
	var failed error
	filled := variablePattern.ReplaceAllStringFunc(text, func(found string) string {
		value, known, err := c.variable(found[2 : len(found)-1])
		if err != nil {
			failed = err
		}
		if !known {
			return found
		}
		return value
	})
	return filled, failed
}

// variable gives the value of a variable. hold and random have eight characters each, so that a binary
// message can state their length.
func (c *client) variable(name string) (value string, known bool, err error) {
	if value, known = c.captured[name]; known {
		return value, true, nil
	}
	switch name {
	case "hold": // the same in every run, so that the server's log names the hold
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(c.hold.ID)) // a hash takes everything
		value = fmt.Sprintf("%08x", sum.Sum32())
	case "random": // another one for each connection
		var four [4]byte
		if _, err := rand.Read(four[:]); err != nil {
			return "", false, fmt.Errorf("make a random value: %w", err)
		}
		value = hex.EncodeToString(four[:])
	default:
		return "", false, nil
	}
	c.capture(name, value)
	return value, true, nil
}

// capture keeps a value for the following steps.
func (c *client) capture(name, value string) {
	if c.captured == nil {
		c.captured = map[string]string{}
	}
	c.captured[name] = value
}
