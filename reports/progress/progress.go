// Package progress draws from the log's events what a run waits for, and how long still.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"stalemate/reports/record"
)

// Options say where and how often. The zero value is for an output that is no terminal.
type Options struct {
	Width int           // columns of the terminal whose one line is rewritten; 0: no terminal, whole lines
	Every time.Duration // between looks; 0: TerminalEvery or LineEvery
	Again time.Duration // no terminal: between two lines that say nothing new; 0: AgainEvery
	Now   func() int64  // nil: record.Now
}

// How often the line is drawn.
const (
	TerminalEvery = 250 * time.Millisecond // rewritten in place: smooth enough for seconds that count down
	LineEvery     = 5 * time.Second        // in a log of continuous integration: no oftener, and only what is new
	AgainEvery    = time.Minute            // there, what is not new

	// lineWidth is the longest line where there is no terminal.
	lineWidth = 80
)

// Progress is a running display. Stop ends it.
type Progress struct {
	out  io.Writer
	o    Options
	mu   sync.Mutex
	s    state
	stop chan struct{}
	done chan struct{}
	once sync.Once
}

// Start listens to log and draws to out, until Stop.
func Start(log *record.Log, out io.Writer, o Options) *Progress {
	if o.Every == 0 {
		o.Every = LineEvery
		if o.Width > 0 {
			o.Every = TerminalEvery
		}
	}
	if o.Again == 0 {
		o.Again = AgainEvery
	}
	if o.Now == nil {
		o.Now = record.Now
	}
	p := &Progress{out: out, o: o, s: newState(), stop: make(chan struct{}), done: make(chan struct{})}
	log.Subscribe(p.hear)
	go p.loop()
	return p
}

func (p *Progress) hear(e record.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.s.add(e)
}

// loop draws at every tick what has changed since the last.
func (p *Progress) loop() {
	defer close(p.done)
	ticker := time.NewTicker(p.o.Every)
	defer ticker.Stop()
	last, lastAbout, lastAt := "", "", time.Time{}
	for {
		select {
		case <-p.stop:
			if p.o.Width > 0 && last != "" {
				fmt.Fprint(p.out, "\r\x1b[K")
			}
			return
		case <-ticker.C:
			p.mu.Lock()
			line, about := p.s.line(p.o.Now())
			p.mu.Unlock()
			quiet := p.o.Width == 0 && about == lastAbout && time.Since(lastAt) < p.o.Again
			if line == "" || line == last || quiet {
				continue
			}
			last, lastAbout, lastAt = line, about, time.Now()
			if p.o.Width > 0 {
				fmt.Fprint(p.out, "\r\x1b[K"+cut(line, p.o.Width-1))
			} else {
				fmt.Fprintln(p.out, cut(line, lineWidth))
			}
		}
	}
}

// Stop ends the display and leaves an empty line. It returns when nothing more will be written.
func (p *Progress) Stop() {
	p.once.Do(func() { close(p.stop) })
	<-p.done
}

// cut shortens a line to n columns.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n || n < 4 {
		return s
	}
	return string(runes[:n-3]) + "..."
}
