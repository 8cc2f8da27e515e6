package commands

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// maxShards bounds --shard. Each shard has the canaries, which take 10 s.
const maxShards = 1000

// shardFlag adds --shard.
func shardFlag(cmd *cobra.Command, number, count *int) {
	cmd.Flags().Func("shard", "test only this `part` of the run, such as 2/3; \"stalemate merge\" combines the event logs of all parts", func(text string) error {
		first, second, _ := strings.Cut(text, "/")
		n, errN := strconv.Atoi(first)
		c, errC := strconv.Atoi(second)
		if errN != nil || errC != nil || n < 1 || c < n || c > maxShards {
			return fmt.Errorf("give NUMBER/COUNT, such as 2/3: a number from 1 to the count, and a count of at most %d", maxShards)
		}
		*number, *count = n, c
		return nil
	})
}
