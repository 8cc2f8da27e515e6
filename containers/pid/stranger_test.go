//go:build linux

package pid

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
)

func TestAStrangerSaysItsNumberAndLivesAsLongAsItsInput(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(Stranger(t.Context(), strings.NewReader(""), &out)).To(Succeed())
	var stat proc.Stat
	g.Expect(json.Unmarshal(out.Bytes(), &stat)).To(Succeed())
	g.Expect(stat.PID).To(Equal(os.Getpid()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	open, _ := io.Pipe()
	g.Expect(Stranger(ctx, open, io.Discard)).To(Succeed())
}
