package main

import (
	"sync"
	"time"
)

const (
	mostPending  = 100
	firstRetry   = 100 * time.Millisecond
	longestRetry = 5 * time.Second
)

// callbacks are the application. When release has returned without an error, nothing of the id runs here.
type callbacks struct {
	acquire func(id string, at token) error
	release func(id string) error
}

type phase int

const (
	acquiring phase = iota
	serving
	acquireFailed
	releasing
	releaseFailed
)

type outcome int

const (
	applied outcome = iota
	renewed
	refused
)

// holds is what this process shall hold and does hold. An id is held from the moment that its acquire begins
// until its release has returned, whatever fails in between. One lock around all of it.
type holds struct {
	lock        sync.Mutex
	app         callbacks
	news        chan<- struct{} // told whenever a beat would acknowledge more
	incarnation int64
	generation  int64
	wanted      map[string]token
	held        map[string]phase
	pending     map[string]bool // held, and not wanted by what is applied
	tended      map[string]bool // ids with a goroutine that calls the application, one each
	retired     bool
}

func newHolds(incarnation int64, app callbacks, news chan<- struct{}) *holds {
	return &holds{
		app: app, news: news, incarnation: incarnation, generation: -1, wanted: map[string]token{},
		held: map[string]phase{}, pending: map[string]bool{}, tended: map[string]bool{},
	}
}

func (h *holds) snapshot() beat {
	h.lock.Lock()
	defer h.lock.Unlock()
	now := beat{Incarnation: h.incarnation, Generation: h.generation, Pending: []string{}}
	for id := range h.pending {
		if len(now.Pending) == mostPending {
			now.More = true
			break
		}
		now.Pending = append(now.Pending, id)
	}
	begun := int64(0)
	for _, at := range h.held {
		if at == acquiring {
			begun++
		}
	}
	now.Load = map[string]int64{"held": int64(len(h.held)), "acquiring": begun}
	return now
}

// hasNews says whether a beat sent now would acknowledge what the one that was sent did not.
func (h *holds) hasNews(sent beat) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	if len(h.pending) > mostPending {
		return false
	}
	if sent.More || sent.Generation < h.generation {
		return true
	}
	for _, id := range sent.Pending {
		if !h.pending[id] {
			return true
		}
	}
	return false
}

// apply takes over an answer that follows; one step under the lock.
func (h *holds) apply(said answer) outcome {
	h.lock.Lock()
	defer h.lock.Unlock()
	switch {
	case said.generation == h.generation:
		return renewed
	case said.generation < h.generation, !said.whole && said.base != h.generation, h.retired:
		return refused
	}
	at := token{commit: said.commit, incarnation: h.incarnation}
	if said.whole {
		keep := make(map[string]bool, len(said.ids))
		for _, id := range said.ids {
			keep[id] = true
		}
		for id := range h.wanted {
			if !keep[id] {
				h.unwant(id)
			}
		}
		for _, id := range said.ids {
			if _, there := h.wanted[id]; !there {
				h.want(id, at)
			}
		}
	} else {
		for _, id := range said.remove {
			h.unwant(id)
		}
		for _, id := range said.add {
			h.want(id, at)
		}
	}
	h.generation = said.generation
	return applied
}

func (h *holds) want(id string, at token) {
	h.wanted[id] = at
	delete(h.pending, id)
	h.tend(id)
}

func (h *holds) unwant(id string) {
	if _, there := h.wanted[id]; !there {
		return
	}
	delete(h.wanted, id)
	// An id whose acquire has not begun is simply forgotten.
	if _, is := h.held[id]; is {
		h.pending[id] = true
		h.tend(id)
	}
}

// retire wants nothing any more: what is held is released, and no answer counts.
func (h *holds) retire() {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.retired = true
	for id := range h.held {
		h.tend(id)
	}
}

// wait returns how many ids are still held when none is, or when the time is over.
func (h *holds) wait(most time.Duration) int {
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		h.lock.Lock()
		left := len(h.held)
		h.lock.Unlock()
		if left == 0 || time.Since(began) > most {
			return left
		}
	}
}
