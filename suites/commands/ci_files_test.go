package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"go.yaml.in/yaml/v3"
)

// The files for CI systems, from the root of the project.
var ciFiles = []string{".github/action.yml", ".ci/gitlab.yml", ".ci/Jenkinsfile"}

// actionlint reads the workflow that uses the action, and with it the action's inputs. Nothing but this reads the commands.
func TestTheFilesForCIGiveFlagsThatCheckHas(t *testing.T) {
	for _, path := range ciFiles {
		t.Run(path, func(t *testing.T) {
			g := NewWithT(t)
			text, err := os.ReadFile(filepath.Join("..", "..", path))
			g.Expect(err).NotTo(HaveOccurred())
			line := regexp.MustCompile(`stalemate"? check (.*)`).FindStringSubmatch(string(text))
			g.Expect(line).NotTo(BeNil())
			var args []string
			for _, word := range strings.Fields(line[1]) {
				if word = strings.Trim(word, `"'`); word != "${more[@]}" {
					args = append(args, strings.NewReplacer("$STALEMATE_BUDGET", "6m", "$BUDGET", "6m").Replace(word))
				}
			}
			for _, more := range regexp.MustCompile(`more\+=\((--[a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
				args = append(args, more[1], "x")
			}
			check, _, err := Root().Find([]string{"check"})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(check.ParseFlags(args)).To(Succeed(), "%s", args)
			g.Expect(check.Flags().Args()).To(BeEmpty())
			for _, name := range []string{"file", "junit", "html"} {
				g.Expect(check.Flags().Changed(name)).To(BeTrue(), "%s is given", name)
			}
		})
	}
}

func TestTheActionTakesNoInputIntoItsScript(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join("..", "..", ciFiles[0]))
	g.Expect(err).NotTo(HaveOccurred())
	var action struct {
		Inputs map[string]struct {
			Description string
			Required    bool
			Default     *string
		}
		Runs struct {
			Using string
			Steps []struct {
				Run, Uses, Shell string
				Env              map[string]string
			}
		}
	}
	g.Expect(yaml.Unmarshal(text, &action)).To(Succeed())
	g.Expect(action.Runs.Using).To(Equal("composite"))
	for name, input := range action.Inputs {
		g.Expect(input.Description).NotTo(BeEmpty(), name)
		g.Expect(input.Required).NotTo(Equal(input.Default != nil), "%s is required or has a default", name)
		g.Expect(string(text)).To(ContainSubstring("${{ inputs."+name+" }}"), name)
	}
	for _, step := range action.Runs.Steps {
		g.Expect(step.Run).NotTo(ContainSubstring("${{"), "a text from outside would be code")
		g.Expect(step.Run == "" || step.Shell == "bash").To(BeTrue(), "a composite action needs the shell of each step")
	}
}

func TestTheJobForGitLabIsOne(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join("..", "..", ciFiles[1]))
	g.Expect(err).NotTo(HaveOccurred())
	var file map[string]struct {
		Script    []string
		Variables map[string]string
		Artifacts struct {
			When    string
			Reports struct{ JUnit string }
		}
	}
	g.Expect(yaml.Unmarshal(text, &file)).To(Succeed())
	job := file[".stalemate"]
	g.Expect(job.Artifacts.When).To(Equal("always"), "the reports matter when the job fails")
	g.Expect(job.Artifacts.Reports.JUnit).To(Equal("junit.xml"))
	for _, used := range regexp.MustCompile(`\$([A-Z_]+)`).FindAllStringSubmatch(strings.Join(job.Script, " "), -1) {
		g.Expect(job.Variables).To(HaveKey(used[1]))
	}
}
