// A worker in Go, made from docs/worker-protocol.md alone. It keeps a ledger of what it holds, as the reference
// worker of the Python SDK does, so that the same audit judges both.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	exitMisconfigured = 2
	exitSuperseded    = 3
	exitRefused       = 4
	exitLeaseLost     = 5
	exitAway          = 6

	grace = 10 * time.Second
)

// end ends the process at once: nothing of it may run after the orchestrator has given up on it.
func end(code int, why string) {
	fmt.Fprintln(os.Stderr, "go-worker:", why)
	os.Exit(code)
}

func main() {
	who, err := readIdentity(os.Getenv)
	if err != nil {
		end(exitMisconfigured, err.Error())
	}
	book := openLedger(os.Getenv("SHARDWRIGHT_LEDGER_DIR"), who)
	book.write(line{Verb: "start"})
	go book.live()

	news := make(chan struct{}, 1)
	held := newHolds(who.incarnation, callbacks{
		acquire: func(id string, at token) error {
			book.write(line{Verb: "acquire", ID: id, Commit: &at.commit})
			return nil
		},
		release: func(id string) error {
			book.write(line{Verb: "release", ID: id})
			return nil
		},
	}, news)
	lease := newLease(who.awayLimit)
	go watch(lease)
	go newExchanges(who, held, lease, news).run()

	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
	// Answers that come from here on change nothing, and the last ids go with the process.
	held.retire()
	if left := held.wait(grace); left > 0 {
		end(0, fmt.Sprintf("%d ids were not released within the grace", left))
	}
	book.write(line{Verb: "end"})
}
