"""What every problem must look like."""

from __future__ import annotations

import aiohttp


async def problem(answer: aiohttp.ClientResponse, status: int) -> dict:
    text = await answer.text()
    assert answer.status == status, text
    assert answer.content_type == "application/problem+json"
    body = await answer.json(content_type=None)
    assert set(body) == {"type", "title", "status", "detail", "reasons"}
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["reasons"] and all(isinstance(reason, str) for reason in body["reasons"])
    assert "Traceback" not in text
    return body
