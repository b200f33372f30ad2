"""An example of each body and of what stands in a path, for ``/openapi.json`` and the page that tries it."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLES: Mapping[str, object] = {
    "kind": "Thing",
    "resource": "Thing",
    "shard": 0,
    "plan": 1,
    "id": "thing-000042",
    "user": "ann",
    "token": "2b7e151628aed2a6",
}

BODIES: Mapping[str, Mapping[str, object]] = {
    "AcceptWish": {"digest": "9f86d081884c7d65", "count": 312},
    "ApplyWish": {"reason": "more room before the weekend"},
    "BeatShape": {"incarnation": 4, "generation": 12, "pending": [], "more": False, "load": {"cpu": 120}},
    "FenceWish": {"uid": "0b6d3c1a-5a6e-4b0e-9a63-1f2a3c4d5e6f"},
    "KillWish": {"label": "zone", "value": "a"},
    "NoWish": {},
    "OrchestrationWish": {"maxInstances": 100, "resourcePerInstance": 5000},
    "PasswordWish": {"password": "the password until now", "newPassword": "a sentence of four words"},
    "PinWish": {"shard": 3},
    "PlaceWish": {"insteadOf": "kubernetes/production"},
    "PlanWish": {"maxInstances": 100, "resourcePerInstance": 4500, "note": "more room"},
    "QuarantineWish": {"seconds": 3600, "why": "each instance that has it ends"},
    "RestartWish": {"incarnation": 4},
    "ShardWish": {"labels": {"zone": "a"}, "capacity": {"count": 5000}},
    "SignInWish": {"name": "ann", "password": "a sentence of four words"},
    "TokenWish": {"name": "night-job", "grants": ["operator:Thing"], "expiresIn": 86400},
    "UndoWish": {"note": "back to what it was"},
    "UserChange": {"grants": ["operator:Thing", "viewer"], "disabled": False},
    "UserWish": {"name": "ann", "password": "a sentence of four words", "grants": ["operator:Thing"]},
}
