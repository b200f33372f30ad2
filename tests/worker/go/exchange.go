package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	largestAnswer     = 64 << 20
	firstWait         = 100 * time.Millisecond
	longestWait       = 2 * time.Second
	longestRetryAfter = 5 * time.Second
	leastInterval     = 100 * time.Millisecond
	coalesce          = 2 * time.Millisecond
	longestCoalesce   = 250 * time.Millisecond
)

// exchanges posts beats and applies answers, one outstanding at a time.
type exchanges struct {
	who       identity
	held      *holds
	lease     *lease
	news      <-chan struct{}
	client    *http.Client
	address   int
	failures  int
	abandoned int
}

func newExchanges(who identity, held *holds, lease *lease, news <-chan struct{}) *exchanges {
	return &exchanges{who: who, held: held, lease: lease, news: news, client: &http.Client{
		// Neither a proxy of the environment nor a redirect is to see the token.
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (e *exchanges) run() {
	for {
		time.Sleep(e.once())
	}
}

// once is one exchange; it returns how long to wait before the next.
func (e *exchanges) once() time.Duration {
	select {
	case <-e.news:
	default:
	}
	said := e.held.snapshot()
	sent := boottime()
	ctx, abandon := context.WithTimeout(context.Background(), e.lease.patience())
	defer abandon()
	stale := make(chan bool, 1)
	go e.abandonWhenStale(ctx, abandon, said, stale)
	status, retryAfter, body, err := e.post(ctx, said)
	abandon()
	if <-stale {
		e.abandoned++
		return 0
	}
	e.abandoned = 0
	if err != nil {
		e.turn()
		return e.failed()
	}
	return e.take(status, retryAfter, body, sent)
}

// abandonWhenStale cancels the exchange once there is more to acknowledge, and says whether it did.
func (e *exchanges) abandonWhenStale(ctx context.Context, abandon func(), sent beat, stale chan<- bool) {
	for {
		select {
		case <-ctx.Done():
			stale <- false
			return
		case <-e.news:
			// A steady flow of releases must leave some exchange the time to be answered.
			time.Sleep(min(coalesce<<min(e.abandoned, 10), longestCoalesce))
			if ctx.Err() == nil && e.held.hasNews(sent) {
				stale <- true
				abandon()
				return
			}
		}
	}
}

func (e *exchanges) post(ctx context.Context, said beat) (int, time.Duration, []byte, error) {
	text, err := json.Marshal(said)
	if err != nil {
		return 0, 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.who.addresses[e.address], bytes.NewReader(text))
	if err != nil {
		return 0, 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+e.who.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return 0, 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	seconds, wrong := strconv.Atoi(response.Header.Get("Retry-After"))
	if wrong != nil || seconds < 0 {
		return response.StatusCode, -1, body, err
	}
	return response.StatusCode, time.Duration(seconds) * time.Second, body, err
}

func (e *exchanges) take(status int, retryAfter time.Duration, body []byte, sent time.Duration) time.Duration {
	switch status {
	case http.StatusOK:
		return e.takeAnswer(body, sent)
	case http.StatusGone:
		end(exitSuperseded, "this incarnation is over")
	case http.StatusUnauthorized, http.StatusForbidden:
		end(exitRefused, "the token is not accepted")
	case http.StatusConflict:
		return firstWait/2 + rand.N(firstWait)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.turn()
	}
	wait := e.failed()
	if retryAfter >= 0 {
		return min(retryAfter, longestRetryAfter) + rand.N(firstWait)
	}
	return wait
}

func (e *exchanges) takeAnswer(body []byte, sent time.Duration) time.Duration {
	said, err := decodeAnswer(body)
	if err != nil {
		return e.failed()
	}
	answered := boottime()
	// This process may just have been woken, ahead of its watchdog.
	e.lease.verdict()
	became := e.held.apply(said)
	if became == refused {
		return e.failed()
	}
	e.lease.renew(sent, answered, said.terms)
	e.failures = 0
	if became == applied {
		return 0
	}
	return max(0, leastInterval-(answered-sent))
}

func (e *exchanges) turn() { e.address = (e.address + 1) % len(e.who.addresses) }

func (e *exchanges) failed() time.Duration {
	wait := min(firstWait<<min(e.failures, 10), longestWait)
	e.failures++
	return wait/2 + rand.N(wait/2)
}
