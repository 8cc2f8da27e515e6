package inspect

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"stalemate/reports/record"
)

// passive reports the TCP TCP counters of the network namespace.
func (s *server) passive() {
	n, err := readNet(s.root)
	if err != nil {
		s.fail(record.Event{}, err)
		return
	}
	s.emit(record.Event{Kind: record.Observed, Net: &n})
}

func readNet(root string) (record.Net, error) {
	var text []byte
	for _, name := range []string{"/net/snmp", "/net/netstat"} {
		b, err := os.ReadFile(root + name)
		if err != nil {
			return record.Net{}, fmt.Errorf("read the TCP counters of the network namespace: %w", err)
		}
		text = append(text, b...)
	}
	n, err := ParseNet(text)
	if err != nil {
		return n, fmt.Errorf("parse the TCP counters of the network namespace: %w", err)
	}
	return n, nil
}

// ParseNet parses the text of /proc/net/snmp followed by that of /proc/net/netstat. Lines come in pairs: names, then their
// values.
func ParseNet(text []byte) (record.Net, error) {
	var n record.Net
	wanted := map[string]*uint64{
		"Tcp:PassiveOpens": &n.PassiveOpens, "Tcp:ActiveOpens": &n.ActiveOpens, "Tcp:CurrEstab": &n.CurrEstab,
		"TcpExt:ListenOverflows": &n.ListenOverflows, "TcpExt:ListenDrops": &n.ListenDrops,
	}
	lines := bytes.Split(text, []byte("\n"))
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := bytes.Fields(lines[i]), bytes.Fields(lines[i+1])
		if len(names) == 0 {
			return n, fmt.Errorf("line %d is empty", i+1)
		}
		if len(names) != len(values) || !bytes.Equal(names[0], values[0]) {
			return n, fmt.Errorf("line %d: names and values do not match", i+1)
		}
		for j := 1; j < len(names); j++ {
			into, ok := wanted[string(names[0])+string(names[j])]
			if !ok {
				continue
			}
			v, err := strconv.ParseUint(string(values[j]), 10, 64)
			if err != nil {
				return n, fmt.Errorf("%s%s: %w", names[0], names[j], err)
			}
			*into = v
			delete(wanted, string(names[0])+string(names[j]))
		}
	}
	if len(wanted) > 0 {
		return n, fmt.Errorf("%d of 5 counters are missing", len(wanted))
	}
	return n, nil
}
