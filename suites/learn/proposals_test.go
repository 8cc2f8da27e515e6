package learn

import (
	"testing"

	. "github.com/onsi/gomega"
)

// The last words of servers, as their entry points and libraries say them.
func TestWhatTheLastWordsPropose(t *testing.T) {
	for said, want := range map[string]proposal{
		`error: WORDPRESS_DB_HOST is not set`:                          {env: []string{"WORDPRESS_DB_HOST"}},
		`/start.sh: line 3: DATABASE_URL: unbound variable`:            {env: []string{"DATABASE_URL"}},
		`sh: 1: API_KEY: parameter not set`:                            {env: []string{"API_KEY"}},
		`Error: missing required environment variable SECRET_KEY_BASE`: {env: []string{"SECRET_KEY_BASE"}},
		`panic: environment variable "TOKEN_FILE" is required`:         {env: []string{"TOKEN_FILE"}},
		"Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n": {env: []string{"MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD"}},
		`nginx: [emerg] host not found in upstream "app:8080" in /etc/nginx/x.conf:3`: {services: []service{{"app", "8080"}}},
		`psycopg2.OperationalError: could not translate host name "db" to address`:    {services: []service{{"db", ""}}},
		`Error: getaddrinfo ENOTFOUND redis`:                                          {services: []service{{"redis", "6379"}}},
		`Error: getaddrinfo EAI_AGAIN mongo:27018`:                                    {services: []service{{"mongo", "27018"}}},
		`dial tcp: lookup postgres on 127.0.0.11:53: no such host`:                    {services: []service{{"postgres", "5432"}}},
		`java.net.UnknownHostException: kafka`:                                        {services: []service{{"kafka", ""}}},
		// Nothing is lacking: a healthy server's words, and words that only look like it.
		`AH00094: Command line: 'apache2 -D FOREGROUND'`: {},
		`[error] connect() to 127.0.0.1:80 failed`:       {},
		`connecting to localhost:5432`:                   {},
		`HTTP_200 in 3 ms`:                               {},
		``:                                               {},
	} {
		NewWithT(t).Expect(propose(said)).To(Equal(want), said)
	}
}

func TestAdviceIsAFileToWriteAndACommandToType(t *testing.T) {
	g := NewWithT(t)
	g.Expect(advise("all is well", Options{Image: "shop:1"})).To(BeEmpty())
	text := advise("WORDPRESS_DB_HOST is not set; host not found in upstream \"app\"", Options{Image: "shop:1"})
	g.Expect(text).To(And(ContainSubstring("Write a file partial.yaml with image: \"shop:1\" and these keys:\n  env:\n    WORDPRESS_DB_HOST: \"...\"\n"),
		ContainSubstring("  services:\n    app: {image: IMAGE, ready: {port: PORT}}\n"), HaveSuffix("Then type: stalemate learn -f partial.yaml -o target.yaml")))
	g.Expect(advise("A_B is not set", Options{Partial: "mine.yaml"})).To(HaveSuffix("stalemate learn -f mine.yaml -o target.yaml"))
}
