package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"stalemate/reports/record"
	"stalemate/reports/terminal"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

func listCommand() *cobra.Command {
	o := run.Options{Extent: plan.Thorough} // so that it lists the cells that a usual run skips, too
	var asJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "Print the address and the limit of every test that check would run",
		Long: `"stalemate list" prints all cells that "stalemate check" can test. A cell is one test. "stalemate
list" does not start any server. The output has the following columns:
  - cell: the address of the cell
  - expect: the verdict that the cell must get, such as "fired" if the server must close the
    connection at the limit
  - run: the word "thorough" if a usual run skips the cell to save time
  - controls: the addresses of the controls of the cell. A control is the same test without the
    suspected cause of a failure. stalemate trusts the result of a cell only if its controls pass.
  - limit: the time after which the server must close the connection

The commands "stalemate check" and "stalemate compare" test a "thorough" cell in three cases:
  - The command line contains --thorough.
  - The pattern of --only selects the cell.
  - The cell is a control of another cell of the run.`,
		Example: `  stalemate list -f target.yaml
  stalemate list -f target.yaml --only '*/http.keep-alive' --json`,
		Args: onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseRepeat(cmd, o); err != nil {
				return err
			}
			p, err := run.Load(o)
			if err != nil {
				return &Status{Code: ExitUsage, Err: err}
			}
			if asJSON {
				return listJSON(cmd.OutOrStdout(), p)
			}
			return listTable(cmd.OutOrStdout(), p, columns(cmd.OutOrStdout()))
		},
	}
	planFlags(list, &o)
	list.Flags().BoolVar(&asJSON, "json", false, "print the cells as a JSON array")
	return list
}

// listed is a cell as --json shows it.
type listed struct {
	Address string `json:"address"`
	Target  string `json:"target"`
	record.Plan
	Watch    float64 `json:"watch_seconds"`      // how long a hold is watched at most
	Thorough bool    `json:"thorough,omitempty"` // a run skips it unless it is thorough
}

func listJSON(out io.Writer, p *plan.Plan) error {
	cells := []listed{}
	for _, c := range p.Cells {
		cells = append(cells, listed{Address: c.Address, Target: c.Target.Name, Plan: c.Plan, Watch: c.Watch.Seconds(), Thorough: c.Thorough()})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(cells)
}

// columns is the width of the terminal behind out. It is 0 if out is no terminal; nothing is wrapped then.
func columns(out io.Writer) int {
	if file, ok := out.(*os.File); ok && isTerminal(file) {
		return terminal.OptionsFor(file, os.Getenv).Width
	}
	return 0
}

// narrowest is the least width to which the last column of a list is wrapped.
const narrowest = 24

// listTable prints the cells. The last column, the limit, is wrapped to what the others leave of the width.
func listTable(out io.Writer, p *plan.Plan, width int) error {
	controls, thorough := false, false
	address, expect, control := len("cell"), len("expect"), 0
	for _, c := range p.Cells {
		address, expect = max(address, len(c.Address)), max(expect, len(c.Plan.Expect))
		thorough = thorough || c.Thorough()
		for _, one := range c.Plan.Controls {
			controls, control = true, max(control, len(one))
		}
	}
	header := table.Row{"cell", "expect"}
	used := address + expect + 4
	if thorough {
		header, used = append(header, "run"), used+len(thoroughWord)+2
	}
	if controls {
		header, used = append(header, "controls"), used+control+2
	}
	if width > 0 && used+narrowest > width {
		return listNarrow(out, p, width)
	}
	writer := newTable(append(header, "limit"), width, used)
	for _, c := range p.Cells {
		row := table.Row{c.Address, c.Plan.Expect}
		if thorough {
			row = append(row, runOf(c))
		}
		if controls {
			row = append(row, strings.Join(c.Plan.Controls, "\n"))
		}
		writer.AppendRow(append(row, expectation(c)))
	}
	return printTable(out, writer)
}

// thoroughWord marks the cells that a run skips unless it is thorough.
const thoroughWord = "thorough"

// runOf says which runs test a cell: "" means every run.
func runOf(c *plan.Cell) string {
	if c.Thorough() {
		return thoroughWord
	}
	return ""
}

// newTable is a table without lines. Its last column takes what the others leave of the width; 0 is no limit.
func newTable(header table.Row, width, used int) table.Writer {
	writer := table.NewWriter()
	writer.SetStyle(table.StyleDefault)
	writer.Style().Options = table.OptionsNoBordersAndSeparators
	writer.Style().Format.Header = text.FormatUpper
	writer.Style().Box.PaddingLeft, writer.Style().Box.PaddingRight = "", "  "
	if width > 0 {
		writer.SetColumnConfigs([]table.ColumnConfig{{Number: len(header), WidthMax: max(narrowest, width-used), WidthMaxEnforcer: text.WrapSoft}})
	}
	writer.AppendHeader(header)
	return writer
}

func printTable(out io.Writer, writer table.Writer) error {
	for _, row := range strings.Split(writer.Render(), "\n") {
		if _, err := fmt.Fprintln(out, strings.TrimRight(row, " ")); err != nil {
			return err
		}
	}
	return nil
}

func expectation(c *plan.Cell) string {
	limit := c.Plan.Limit
	if c.Scenario != nil || c.After {
		return c.Plan.Reason
	}
	if limit == nil {
		return fmt.Sprintf("none, watched for %s: %s", c.Watch, c.Plan.Reason)
	}
	words := verdict.Limit(limit)
	if c.Plan.Bound != nil {
		words += ", and " + verdict.Limit(c.Plan.Bound)
	}
	return words
}
