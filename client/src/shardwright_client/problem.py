"""Refusals as the server words them (``application/problem+json``), as errors of ours."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any

from shardwright_client.errors import ClientError, NotAllowed, NotFound, Refused, Unavailable, Unexpected

NOT_NOW = (429, 502, 503, 504)
KINDS = {401: NotAllowed, 403: NotAllowed, 404: NotFound}


def error_of(url: str, status: int, headers: Message, content: bytes) -> ClientError:
    """The error that an answer of this status is."""
    document = _document(content)
    if 300 <= status < 400:
        where = str(headers.get("Location") or "elsewhere")
        detail = f"redirects are not followed; it names {where}"
        return Unexpected(f"{url} answered {status}", detail, status=status)
    if document is None:
        title, detail = f"{url} answered {status}", "and is perhaps not Shardwright"
        if status in NOT_NOW:
            return Unavailable(title, detail, status=status, retry_after=_retry_after(headers))
        return Unexpected(title, detail, status=status)
    title, detail = str(document["title"]), str(document.get("detail") or "")
    reasons = _reasons(document, detail)
    if status in NOT_NOW:
        # 429 and 503 are said before anything is done; 502 and 504 by whoever stands between.
        return Unavailable(
            title,
            detail,
            status=status,
            reasons=reasons,
            retry_after=_retry_after(headers),
            is_untouched=status == 429,
        )
    if status >= 500:
        return Unexpected(title, detail, status=status, reasons=reasons)
    return KINDS.get(status, Refused)(
        status,
        title,
        detail,
        reasons=reasons,
        request_id=str(headers.get("X-Request-Id") or ""),
        retry_after=_retry_after(headers),
        document=document,
    )


def _document(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "title" in found else None


def _reasons(document: dict[str, Any], detail: str) -> list[str]:
    given = document.get("reasons")
    reasons = given if isinstance(given, list) else []
    said = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in reasons]
    return [each for each in said if each != detail]


def _retry_after(headers: Message) -> float | None:
    text = str(headers.get("Retry-After") or "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
