package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// identity says who this process is and where it asks.
type identity struct {
	kind        string
	shard       int64
	incarnation int64
	token       string
	addresses   []string // of the exchange, in the order to be tried
	awayLimit   *time.Duration
}

var kindPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

func readIdentity(get func(string) string) (identity, error) {
	who := identity{kind: get("SHARDWRIGHT_KIND"), token: get("SHARDWRIGHT_TOKEN")}
	if !kindPattern.MatchString(who.kind) {
		return who, fmt.Errorf("SHARDWRIGHT_KIND must be letters, digits, '_', '.', '-', not %q", who.kind)
	}
	if who.token == "" {
		return who, fmt.Errorf("SHARDWRIGHT_TOKEN is not set")
	}
	for name, into := range map[string]*int64{
		"SHARDWRIGHT_SHARD": &who.shard, "SHARDWRIGHT_INCARNATION": &who.incarnation,
	} {
		number, err := strconv.ParseInt(get(name), 10, 64)
		if err != nil || number < 0 {
			return who, fmt.Errorf("%s must be a non-negative integer, not %q", name, get(name))
		}
		*into = number
	}
	for _, one := range strings.Split(get("SHARDWRIGHT_URL"), ",") {
		one = strings.TrimRight(strings.TrimSpace(one), "/")
		parts, err := url.Parse(one)
		if err != nil || parts.Host == "" || (parts.Scheme != "http" && parts.Scheme != "https") {
			return who, fmt.Errorf("SHARDWRIGHT_URL must be http(s)://host[:port], not %q", one)
		}
		who.addresses = append(who.addresses, fmt.Sprintf("%s/v1/worker/%s/%d/sync", one, who.kind, who.shard))
	}
	if text := get("SHARDWRIGHT_AWAY_LIMIT"); text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds > 0) {
			return who, fmt.Errorf("SHARDWRIGHT_AWAY_LIMIT must be a positive number of seconds, not %q", text)
		}
		limit := inSeconds(seconds)
		who.awayLimit = &limit
	}
	return who, nil
}

func inSeconds(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
