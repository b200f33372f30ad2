package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// token is what an id is served under: a later placement of it, anywhere, has a greater one.
type token struct {
	commit      int64
	incarnation int64
}

// beat is one atomic snapshot of what is applied and what is still held.
type beat struct {
	Incarnation int64            `json:"incarnation"`
	Generation  int64            `json:"generation"`
	Pending     []string         `json:"pending"`
	More        bool             `json:"more"`
	Load        map[string]int64 `json:"load"`
}

// terms are those on which the worker may go on; away is nil where there is no limit.
type terms struct {
	lease    time.Duration
	interval time.Duration
	stops    bool
	away     *time.Duration
}

// answer is the assignment at a generation: all of it, or the difference to base.
type answer struct {
	generation int64
	commit     int64
	terms      terms
	whole      bool
	ids        []string // whole
	base       int64    // otherwise
	add        []string
	remove     []string
}

func decodeAnswer(body []byte) (answer, error) {
	var said struct {
		Generation *int64          `json:"generation"`
		Commit     *int64          `json:"commit"`
		Lease      *float64        `json:"lease"`
		Interval   *float64        `json:"interval"`
		OnLoss     *string         `json:"onLoss"`
		AwayLimit  json.RawMessage `json:"awayLimit"`
		Whole      *bool           `json:"whole"`
		IDs        []string        `json:"ids"`
		Base       *int64          `json:"base"`
		Add        []string        `json:"add"`
		Remove     []string        `json:"remove"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return answer{}, err
	}
	if said.Generation == nil || said.Commit == nil || said.Lease == nil || said.Interval == nil ||
		said.OnLoss == nil || said.AwayLimit == nil || said.Whole == nil {
		return answer{}, errors.New("a field is missing")
	}
	if *said.OnLoss != "serve" && *said.OnLoss != "stop" {
		return answer{}, fmt.Errorf("onLoss is %q", *said.OnLoss)
	}
	found := answer{generation: *said.Generation, commit: *said.Commit, whole: *said.Whole}
	found.terms = terms{
		lease: inSeconds(*said.Lease), interval: inSeconds(*said.Interval), stops: *said.OnLoss == "stop",
	}
	var away *float64
	if err := json.Unmarshal(said.AwayLimit, &away); err != nil {
		return answer{}, err
	}
	if away != nil {
		limit := inSeconds(*away)
		found.terms.away = &limit
	}
	if found.whole {
		if said.IDs == nil {
			return answer{}, errors.New("ids is missing")
		}
		found.ids = said.IDs
		return found, nil
	}
	if said.Base == nil || said.Add == nil || said.Remove == nil {
		return answer{}, errors.New("base, add or remove is missing")
	}
	found.base, found.add, found.remove = *said.Base, said.Add, said.Remove
	return found, nil
}
