"""What people send: sensible wishes, and everything that is none."""

from __future__ import annotations

import json

from hypothesis import strategies as st

KINDS = ("Thing", "Nothing")

WISHES = st.fixed_dictionaries(
    {"resourcePerInstance": st.sampled_from([6, 8, 12, 20, None])},
    optional={"maxInstances": st.sampled_from([None, 5, 6, 8])},
).map(lambda wish: json.dumps(wish).encode())

WRONG_WISHES = st.one_of(
    st.sampled_from([0, -1, 2, 101, 10**30, 3.5, True, "5", []]).map(lambda value: {"maxInstances": value}),
    st.sampled_from([0, -7, 5001, 1e9, False, "20", {}]).map(lambda value: {"resourcePerInstance": value}),
).map(lambda wish: json.dumps(wish).encode())

BAD_BODIES = st.sampled_from(
    [
        b"{",
        b"[]",
        b"null",
        b'"maxInstances"',
        b'{"maxInstances": NaN}',
        b'{"maxInstances": 4, "maxInstances": 5}',
        b'{"maxInstance": 4}',
        b'{"__proto__": {"maxInstances": 4}}',
        b"\xff\xfe{}",
        b"[" * 60_000,
        b'{"maxInstances": ' + b"9" * 5_000 + b"}",
        b" " * 70_000,
        b'{"maxInstances": 4' + b" " * 65_536 + b"}",
    ]
)

IDS = st.sampled_from(
    ["t1", "t2", "new", "%2e%2e%2f%2e%2e", "a%00b", "%F0%9F%A7%B5", "x" * 600, "%3Cscript%3E", "%", "a%2Fb"]
)

READS = st.one_of(
    st.sampled_from(
        [
            "/livez",
            "/readyz",
            "/metrics",
            "/openapi.json",
            "/v1/api/overview",
            "/v1/api/kinds",
            "/v1/api/kinds/Thing",
            "/v1/api/kinds/Nothing",
            "/v1/api/kinds/Thing/shards",
            "/v1/api/kinds/Thing/removals",
            "/v1/api/instances",
            "/v1/api/instances?kind=Nothing",
            "/v1/api/instances/Thing/0/logs",
            "/v1/api/instances/Thing/-1/logs",
            "/v1/api/instances/Thing/0/logs?lines=-5",
            "/v1/api/events",
            "/v1/api/events?limit=-1",
            "/v1/api/events?limit=99999999999999999999",
            "/v1/api/notifications/malformed",
            "/v1/api/orchestrations/Thing",
            "/v1/api/orchestrations/Nothing",
            "/v1/api/orchestrations/..%2f..",
            "/nowhere",
        ]
    ),
    IDS.map(lambda one: f"/v1/api/orchestrations/Thing/{one}/instances"),
    IDS.map(lambda one: f"/v1/api/kinds/Thing/resources/{one}"),
    IDS.map(lambda one: f"/v1/api/resources?prefix={one}"),
)

STRANGE = st.sampled_from(
    [
        ("DELETE", "/v1/api/kinds/Thing", b"", {}),
        ("PUT", "/v1/api/orchestrations/Thing", b"{}", {}),
        ("GET", "/v1/api/orchestrations/Thing/orchestrate", b"", {}),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate", b"{}", {"Content-Type": "text/plain"}),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate?dryRun=perhaps", b"{}", {}),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate", b"{}", {"Origin": "https://evil.example"}),
        ("POST", "/v1/api/kinds/Nothing/resync", b"", {}),
        ("POST", "/v1/api/kinds/Thing/removals/accept", b'{"digest": "d-0", "count": -3}', {}),
        ("POST", "/v1/api/kinds/Thing/removals/accept", b'{"digest": 5}', {}),
        ("POST", "/v1/worker/Thing/0/sync", b'{"incarnation":1,"generation":0,"pending":[]}', {}),
        (
            "POST",
            "/v1/worker/Thing/0/sync",
            b'{"incarnation":1,"generation":0,"pending":[]}',
            {"Authorization": "Bearer forged"},
        ),
        ("POST", "/v1/worker/Thing/-1/sync", b"{}", {"Authorization": "Bearer forged"}),
    ]
)
