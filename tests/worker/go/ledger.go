package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// line is one line of the ledger. At is in nanoseconds of the boot clock.
type line struct {
	At          int64  `json:"at"`
	Verb        string `json:"verb"`
	Incarnation int64  `json:"incarnation"`
	ID          string `json:"id,omitempty"`
	Commit      *int64 `json:"commit,omitempty"`
}

// ledger is a file to which each line is one write, so that it survives the process. A nil file writes nothing.
type ledger struct {
	lock        sync.Mutex
	file        *os.File
	incarnation int64
}

func openLedger(folder string, who identity) *ledger {
	if folder == "" {
		return &ledger{}
	}
	name := fmt.Sprintf("%s-%d-%d-%d.jsonl", who.kind, who.shard, who.incarnation, os.Getpid())
	if err := os.MkdirAll(folder, 0o755); err != nil {
		end(1, err.Error())
	}
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		end(1, err.Error())
	}
	return &ledger{file: file, incarnation: who.incarnation}
}

func (l *ledger) write(what line) {
	if l.file == nil {
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	what.At, what.Incarnation = int64(boottime()), l.incarnation
	text, err := json.Marshal(what)
	if err == nil {
		_, err = l.file.Write(append(text, '\n'))
	}
	if err != nil {
		end(1, err.Error())
	}
}

// live writes a sign of life for ever: all that is acquired and not released is being served.
func (l *ledger) live() {
	for {
		time.Sleep(200 * time.Millisecond)
		l.write(line{Verb: "alive"})
	}
}
