"""One JSON document from an identity provider: small, soon, from nowhere else."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from email.message import Message
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from orchestrator.errors import Unavailable

WITHIN_S = 5.0
MOST_BYTES = 512 * 1024
_PART = 16 * 1024


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        # Where keys come from is configured; nobody on the way may say otherwise.
        return None


def opener(context: ssl.SSLContext | None) -> OpenerDirector:
    """``context``: whom to trust; None: no TLS is spoken."""
    handlers = [] if context is None else [HTTPSHandler(context=context)]
    return build_opener(_NoRedirects(), *handlers)


def fetch(url: str, through: OpenerDirector, monotonic: Callable[[], float]) -> Mapping[str, Any]:
    """On a thread. Raises Unavailable. ``monotonic``: seconds."""
    ends = monotonic() + WITHIN_S
    try:
        with through.open(Request(url, headers={"Accept": "application/json"}), timeout=WITHIN_S) as answer:
            body = bytearray()
            while part := answer.read1(_PART):
                body += part
                if len(body) > MOST_BYTES:
                    raise Unavailable(f"{url} answers with more than {MOST_BYTES:,} bytes")
                if monotonic() > ends:
                    raise Unavailable(f"{url} did not answer in full within {WITHIN_S:g} s")
    except HTTPError as refused:
        with refused:
            raise Unavailable(f"{url} answers {refused.code}") from refused
    except (OSError, http.client.HTTPException) as failed:
        raise Unavailable(f"{url} does not answer: {failed}") from failed
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError) as strange:
        raise Unavailable(f"{url} does not answer with JSON") from strange
    if not isinstance(found, dict):
        raise Unavailable(f"{url} does not answer with a JSON object")
    return found
