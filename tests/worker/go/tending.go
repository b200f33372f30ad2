package main

import "time"

type verb int

const (
	nothing verb = iota
	acquire
	release
)

// tend sees that the id has its goroutine. Under the lock.
func (h *holds) tend(id string) {
	if !h.tended[id] {
		h.tended[id] = true
		go h.serve(id)
	}
}

// serve calls the application for one id until there is nothing to do: so its calls are strictly in turn.
func (h *holds) serve(id string) {
	failures := 0
	for {
		what, at := h.begin(id)
		if what == nothing {
			return
		}
		var err error
		if what == acquire {
			err = h.app.acquire(id, at)
		} else {
			err = h.app.release(id)
		}
		h.settle(id, what, err)
		if err == nil {
			failures = 0
			continue
		}
		failures++
		time.Sleep(min(firstRetry<<min(failures-1, 10), longestRetry))
	}
}

// begin says what is to be done now, and marks it as begun. With nothing to do the goroutine is given up.
func (h *holds) begin(id string) (verb, token) {
	h.lock.Lock()
	defer h.lock.Unlock()
	at, isWanted := h.wanted[id]
	isWanted = isWanted && !h.retired
	now, isHeld := h.held[id]
	switch {
	case !isHeld && isWanted, isHeld && now == acquireFailed && isWanted:
		h.held[id] = acquiring
		return acquire, at
	// What failed to be released may be half released: it is not served on, it is released, and then begun anew.
	case isHeld && (!isWanted || now == releaseFailed):
		h.held[id] = releasing
		return release, token{}
	}
	delete(h.tended, id)
	return nothing, token{}
}

func (h *holds) settle(id string, what verb, err error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	switch {
	case err == nil && what == acquire:
		h.held[id] = serving
	case err == nil:
		delete(h.held, id)
		delete(h.pending, id)
		select {
		case h.news <- struct{}{}:
		default:
		}
	case what == acquire:
		h.held[id] = acquireFailed
	default:
		h.held[id] = releaseFailed
	}
}
