package main

import (
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const clockBoottime = 7

// boottime goes on while the machine sleeps, as the orchestrator's clock does.
func boottime() time.Duration {
	var now syscall.Timespec
	if _, _, failed := syscall.Syscall(
		syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&now)), 0,
	); failed != 0 {
		panic(failed)
	}
	return time.Duration(now.Nano())
}

// lease says until when this process may go on unanswered.
type lease struct {
	lock      sync.Mutex
	began     time.Duration
	firstAway *time.Duration
	last      *renewal
}

type renewal struct {
	sent     time.Duration
	answered time.Duration
	terms    terms
}

func newLease(away *time.Duration) *lease {
	return &lease{began: boottime(), firstAway: away}
}

func (l *lease) renew(sent, answered time.Duration, on terms) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.last = &renewal{sent, answered, on}
}

// verdict ends the process where it may not go on.
func (l *lease) verdict() {
	l.lock.Lock()
	defer l.lock.Unlock()
	now, limit, from := boottime(), l.firstAway, l.began
	if l.last != nil {
		if l.last.terms.stops && now-l.last.sent >= l.last.terms.lease*8/10 {
			end(exitLeaseLost, "the lease was not renewed")
		}
		limit, from = l.last.terms.away, l.last.answered
	}
	if limit != nil && now-from >= *limit {
		end(exitAway, "no exchange was answered for too long")
	}
}

// patience is how long an answer is waited for.
func (l *lease) patience() time.Duration {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.last == nil {
		return 30 * time.Second
	}
	on := l.last.terms
	if !on.stops {
		return on.interval + 5*time.Second
	}
	return min(on.interval+5*time.Second, max(on.interval+500*time.Millisecond, on.lease*4/10))
}

// watch looks often and sleeps little, since timers stand still while the machine sleeps.
func watch(l *lease) {
	for {
		l.verdict()
		time.Sleep(100 * time.Millisecond)
	}
}
