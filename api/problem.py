"""Errors as people and programs get them: ``application/problem+json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request with ``status``; ``detail`` and ``reasons`` are sentences for whoever asked.

    ``plan``: the number of the plan that says what would have been done.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        reasons: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        plan: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reasons = tuple(reasons)
        self.headers = dict(headers or {})
        self.plan = plan


def document(problem: Problem) -> bytes:
    """The body of a problem, as ASCII, so that no text in it can break the encoding."""
    try:
        title = HTTPStatus(problem.status).phrase
    except ValueError:
        title = "Error"
    members: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        "reasons": list(problem.reasons or (problem.detail,)),
    }
    if problem.plan is not None:
        members["plan"] = problem.plan
    return json.dumps(members).encode()


def response(problem: Problem) -> web.Response:
    answer = web.Response(
        status=problem.status, body=document(problem), content_type=MEDIA_TYPE, headers=problem.headers
    )
    if problem.status == HTTPStatus.REQUEST_TIMEOUT:
        # What may still come must not be taken for the next request.
        answer.force_close()
    return answer


def shortened(value: object, most: int = 80) -> str:
    """A value as a refusal quotes it: what a stranger sent, cut to a line."""
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**most else "a number of many digits"
    return text if len(text) <= most else text[: most - 1] + "…"
