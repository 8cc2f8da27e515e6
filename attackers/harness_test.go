package attackers

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// session is an Attack that runs during the test. The test writes its input and reads its events.
type session struct {
	t  *testing.T
	in *io.PipeWriter

	mu     sync.Mutex
	events []record.Event
	ended  chan error
}

func attackWith(t *testing.T, plan wire.Plan) *session {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	s := &session{t: t, in: inW, ended: make(chan error, 1)}
	go func() {
		lines := bufio.NewScanner(outR)
		for lines.Scan() {
			var e record.Event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Errorf("event line %q: %v", lines.Text(), err)
			}
			s.mu.Lock()
			s.events = append(s.events, e)
			s.mu.Unlock()
		}
	}()
	go func() {
		s.ended <- Attack(context.Background(), inR, outW)
		_ = outW.Close()
	}()
	s.say(plan)
	t.Cleanup(func() {
		_ = inW.Close()
		select {
		case err := <-s.ended:
			if err != nil {
				t.Errorf("attack: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("the attack did not end with its input")
		}
	})
	return s
}

func (s *session) say(v any) {
	s.t.Helper()
	if err := json.NewEncoder(s.in).Encode(v); err != nil {
		s.t.Fatal(err)
	}
}

// first is the first event of that kind for a hold, nil if there is none.
func (s *session) first(hold string, kind record.Kind) *record.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Hold == hold && e.Kind == kind {
			return &e
		}
	}
	return nil
}

// await waits for an event. It fails if the hold ends in another way first.
func (s *session) await(hold string, kind record.Kind) record.Event {
	s.t.Helper()
	return s.awaitIn(s.t, hold, kind)
}

// awaitIn is await in a subtest.
func (s *session) awaitIn(t *testing.T, hold string, kind record.Kind) record.Event {
	t.Helper()
	var found *record.Event
	NewWithT(t).Eventually(func() *record.Event {
		found = s.first(hold, kind)
		for _, other := range []record.Kind{record.HoldFailed, record.HoldNotApplicable, record.HoldReleased} {
			if e := s.first(hold, other); other != kind && found == nil && e != nil {
				t.Fatalf("%s: wanted %s, came %s: %s %+v", hold, kind, e.Kind, e.Note, e.Release)
			}
		}
		return found
	}, 6*time.Second, 5*time.Millisecond).ShouldNot(BeNil(), "%s: no %s", hold, kind)
	return *found
}

// oneHold is a plan with one hold and short times.
func oneHold(address, stage string, mode record.Mode, change func(*wire.Hold)) wire.Plan {
	h := wire.Hold{
		ID: "h", Cell: "t/l/" + stage + "/" + string(mode), Address: address, Stage: stage, Mode: mode,
		Watch: 5 * time.Second, Interval: 7 * time.Millisecond, Settle: 40 * time.Millisecond,
	}
	change(&h)
	return wire.Plan{Run: "r", Target: "t", Pod: "p", Holds: []wire.Hold{h}}
}

func noChange(*wire.Hold) {}

// listen serves each connection with the function and closes it afterwards.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// testCertificate is a certificate for one hour.
func testCertificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"a.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
