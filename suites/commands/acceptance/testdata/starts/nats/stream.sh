# Starts the server, makes the stream S1 and stops the server.
set -e
nats-server -c /etc/nats.conf & server=$!
until nc -z 127.0.0.1 4222; do sleep 0.1; done
stream='{"name":"S1","subjects":["s1"],"storage":"file"}'
{ printf 'CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB $JS.API.STREAM.CREATE.S1 answer %d\r\n%s\r\n' ${#stream} "$stream"; sleep 2; } | nc -q 1 127.0.0.1 4222
kill $server
wait $server || true
test -s '/var/lib/nats/jetstream/$G/streams/S1/meta.inf'
