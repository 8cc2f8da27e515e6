package attackers

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
)

// DigestAuthorization is the value of an Authorization header that answers the challenge
// of digest authentication (RFC 2617 section 3.2.2, MD5 with qop=auth) with this nonce
// count. To send it twice with one count is a replay, and a server that counts refuses it.
func DigestAuthorization(challenge, user, password, method, uri string, count int) (string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(challenge), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return "", fmt.Errorf("not a digest challenge: %.100q", challenge)
	}
	given := digestParameters(rest)
	if given["nonce"] == "" || given["realm"] == "" {
		return "", fmt.Errorf("a digest challenge without realm or nonce: %.100q", challenge)
	}
	const client = "5374616c656d617465" // the client's nonce: its value does not matter
	nc := fmt.Sprintf("%08x", count)
	ha1 := md5Hex(user + ":" + given["realm"] + ":" + password)
	ha2 := md5Hex(method + ":" + uri)
	response := md5Hex(strings.Join([]string{ha1, given["nonce"], nc, client, "auth", ha2}, ":"))
	header := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, nc=%s, cnonce="%s", response="%s", algorithm=MD5`,
		user, given["realm"], given["nonce"], uri, nc, client, response)
	if opaque := given["opaque"]; opaque != "" {
		header += fmt.Sprintf(`, opaque="%s"`, opaque)
	}
	return header, nil
}

// digestParameters reads name=value and name="value" pairs between commas. A comma inside quotes does not end a pair.
func digestParameters(text string) map[string]string {
	found := map[string]string{}
	for text != "" {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		value := ""
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, text, _ = strings.Cut(rest, ",")
		} else {
			value, text, _ = strings.Cut(rest, ",")
		}
		found[strings.ToLower(strings.Trim(name, " ,\t"))] = strings.TrimSpace(value)
	}
	return found
}

// md5Hex: the protocol demands MD5, and nothing here depends on its strength.
func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
