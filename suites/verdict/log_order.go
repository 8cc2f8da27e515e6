package verdict

import "strings"

// Missing is the first of the texts that the log does not have after the earlier ones, or "".
func Missing(log string, texts []string) string {
	for _, text := range texts {
		_, rest, found := strings.Cut(log, text)
		if !found {
			return text
		}
		log = rest
	}
	return ""
}
