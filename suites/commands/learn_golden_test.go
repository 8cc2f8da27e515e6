package commands

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/image"
	"stalemate/reports/record"
	"stalemate/suites/learn"
)

var updateLearn = flag.Bool("update", false, "write the golden files anew")

// TestEveryEndingOfLearnIsGolden draws what learn prints when it ends. Read testdata/learn as a user.
func TestEveryEndingOfLearnIsGolden(t *testing.T) {
	interrupted, stop := context.WithCancelCause(t.Context())
	stop(errors.New("interrupted by SIGINT")) // as interruptible does
	green := learn.Written{Target: "the target\n", Waivers: "the waivers\n", Limited: 12}
	for name, one := range map[string]struct {
		to      files
		written learn.Written
		err     error
	}{
		"green":         {files{target: "shop.yaml"}, green, nil},
		"green-stdout":  {files{}, green, nil},
		"weakness":      {files{target: "shop.yaml", waivers: "waivers.yaml"}, learnt, nil},
		"missing-image": {files{target: "shop.yaml"}, learn.Written{}, fmt.Errorf("image example/shop:1.29 %w: build or load it, or correct its name: pull example/shop:1.29: pull access denied", image.ErrAbsent)},
		"no-port":       {files{target: "shop.yaml"}, learn.Written{}, errors.New("the server listened on no port within 20s")},
		"interrupted":   {files{target: "shop.yaml"}, learn.Written{}, orStopped(interrupted, errors.New("inspect container 1f2e: context canceled"))},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			golden, err := filepath.Abs(filepath.Join("testdata", "learn", name+".txt"))
			g.Expect(err).NotTo(HaveOccurred())
			t.Chdir(t.TempDir())
			outputs, err := one.to.reserve()
			g.Expect(err).NotTo(HaveOccurred())
			var out, errOut bytes.Buffer
			if err := outputs.end(one.written, one.err, nil, &out, &errOut); err != nil {
				fmt.Fprintln(&errOut, "stalemate:", record.CleanLines(err.Error())) // as Execute prints it
			}
			if *updateLearn {
				g.Expect(os.WriteFile(golden, errOut.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(golden)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(errOut.String()).To(Equal(string(want)))
			if one.err == nil {
				for row := range strings.Lines(errOut.String()) {
					g.Expect(len(strings.TrimRight(row, "\n"))).To(BeNumerically("<=", 80), row)
				}
			}
		})
	}
}
