"""Where the next page of a list begins, as an opaque text that fits that list alone."""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import blake2b

from api.problem import Problem, shortened

_SEAL = 8
_LONGEST = 16 * 1024


def sealed(scope: str, last: str) -> str:
    """A cursor after ``last``. ``scope``: names the list, with all that it was filtered by."""
    body = json.dumps(last).encode()
    return base64.urlsafe_b64encode(_seal(scope, body) + body).decode().rstrip("=")


def opened(scope: str, cursor: str, name: str = "cursor") -> str:
    """What ``sealed`` was given. Raises Problem (422) for a cursor of another list, and for what is none."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        whole = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        last = json.loads(whole[_SEAL:])
    except (ValueError, binascii.Error, RecursionError):
        raise _refused(cursor, name, "it is none that a list has given") from None
    if whole[:_SEAL] != _seal(scope, whole[_SEAL:]) or not isinstance(last, str):
        raise _refused(cursor, name, "it belongs to another list, or to this one with other filters")
    return last


def scope_of(*parts: object) -> str:
    """The name of a list: its path and its filters, in a fixed order."""
    return json.dumps(parts)


def _seal(scope: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL, key=blake2b(scope.encode(), digest_size=32).digest()).digest()


def _refused(cursor: str, name: str, why: str) -> Problem:
    return Problem(422, f"{name} is {shortened(cursor)}: {why}; begin without one")
