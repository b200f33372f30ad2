"""How a call ends that has no answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """``title``: what went wrong, in a few words; ``detail``: the rest of the sentence, perhaps empty."""

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.title = title
        self.detail = detail


class Misused(ClientError, ValueError):
    """It cannot be asked for: an address, a token, an id that is none. Nothing was sent."""


class Unavailable(ClientError):
    """Nobody answers, or whoever answers cannot do it now.

    ``status``: of the answer; None: there was none. ``reasons``: the server's sentences. ``retry_after``:
    seconds that the server asks to wait; None: it does not say. ``is_untouched``: nothing of the call can
    have been done.
    """

    def __init__(
        self,
        title: str,
        detail: str = "",
        *,
        status: int | None = None,
        reasons: Sequence[str] = (),
        retry_after: float | None = None,
        is_untouched: bool = False,
    ) -> None:
        super().__init__(title, detail)
        self.status = status
        self.reasons = tuple(reasons)
        self.retry_after = retry_after
        self.is_untouched = is_untouched


class Unexpected(ClientError):
    """What answers is not Shardwright, or it failed. ``status``: of the answer, where there was one."""

    def __init__(
        self, title: str, detail: str = "", *, status: int | None = None, reasons: Sequence[str] = ()
    ) -> None:
        super().__init__(title, detail)
        self.status = status
        self.reasons = tuple(reasons)


class Refused(ClientError):
    """The server said no.

    ``reasons``: sentences; ``document``: all that it said; ``request_id``: how its log names the call.
    ``retry_after``: seconds after which it may say otherwise; None: it does not say.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        reasons: Sequence[str] = (),
        request_id: str = "",
        retry_after: float | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(title, detail)
        self.status = status
        self.reasons = tuple(reasons)
        self.request_id = request_id
        self.retry_after = retry_after
        self.document = dict(document or {})


class NotAllowed(Refused):
    """Nobody is signed in (401), or the role does not reach (403)."""


class NotFound(Refused):
    """There is no such thing (404)."""
