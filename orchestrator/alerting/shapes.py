"""Messages in the shapes that receivers take, signed as each of them documents it. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from orchestrator.alerting.words import text_of
from orchestrator.ports.alerts import Message

WECOM_BYTES = 2048
"""Of a text, as WeCom documents it."""

CHAT_BYTES = 16 * 1024
"""Of a text: Feishu takes 20 KB of a request, DingTalk as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Shape = Callable[[str, str | None, Message, float], Posted]
"""Makes a request of the address, the secret, the message and the seconds of the epoch."""


def generic(url: str, secret: str | None, message: Message, now: float) -> Posted:
    """JSON, signed as the Standard Webhooks have it: HMAC-SHA256 of id, time and body."""
    notices = [
        {
            "state": one.said.value,
            "kind": one.alarm.kind or None,
            "code": one.alarm.code,
            "subject": one.alarm.subject,
            "fingerprint": hashlib.sha256(one.alarm.name.encode(errors="replace")).hexdigest()[:16],
            "sentence": one.alarm.sentence,
            "needsPerson": one.alarm.needs_person,
            "since": one.since,
            "seenAt": one.at,
        }
        for one in message.notices
    ]
    said = {"type": "test" if message.is_test else "alarms", "page": message.page, "notices": notices}
    body = json.dumps({"id": message.id, "at": message.at, **said}).encode()
    headers = {"webhook-id": message.id, "webhook-timestamp": str(int(now))}
    if secret is not None:
        signed = f"{message.id}.{int(now)}.".encode() + body
        headers["webhook-signature"] = f"v1,{_mac(_webhook_key(secret), signed)}"
    return Posted(url=url, body=body, headers=headers)


def feishu(url: str, secret: str | None, message: Message, now: float) -> Posted:
    """A text of a custom bot; the time and the secret are the key, and nothing is what is signed."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text_of(message, CHAT_BYTES)}}
    if secret is not None:
        stamp = str(int(now))
        body |= {"timestamp": stamp, "sign": _mac(f"{stamp}\n{secret}".encode(), b"")}
    return Posted(url=url, body=_json(body))


def dingtalk(url: str, secret: str | None, message: Message, now: float) -> Posted:
    """A text of a custom robot; time in milliseconds and signature go into the address."""
    text = {"content": text_of(message, CHAT_BYTES)}
    body = {"msgtype": "text", "text": text, "at": {"isAtAll": False}}
    if secret is not None:
        stamp = str(int(now * 1000))
        url = _with_query(url, timestamp=stamp, sign=_mac(secret.encode(), f"{stamp}\n{secret}".encode()))
    return Posted(url=url, body=_json(body))


def wecom(url: str, secret: str | None, message: Message, now: float) -> Posted:
    """A text of a group robot; it knows no signature: its key is in the address."""
    body = {"msgtype": "text", "text": {"content": text_of(message, WECOM_BYTES)}}
    return Posted(url=url, body=_json(body))


SHAPES: Mapping[str, Shape] = {"generic": generic, "feishu": feishu, "dingtalk": dingtalk, "wecom": wecom}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receiver made of a message: ``fault`` "" means that it was taken."""

    fault: str = ""
    is_passing: bool = False


_BUSY = {"feishu": {11232, 9499}, "dingtalk": {130101, 410100, -1}, "wecom": {45009, -1}}
"""Codes that mean: too often, or not now."""


def judged(shape: str, answer: bytes) -> Verdict:
    """What the body of a 2xx says: chats refuse with 200, too."""
    if shape == "generic":
        return Verdict()
    name = "code" if shape == "feishu" else "errcode"
    try:
        said = json.loads(answer)
        code = int(said.get(name, said.get("StatusCode", 0)))
        text = str(said.get("msg") or said.get("errmsg") or "")
    except (ValueError, TypeError, AttributeError):
        return Verdict("the answer is not that of a bot")
    if code == 0:
        return Verdict()
    return Verdict(f"{name} {code}: {text[:200]}", is_passing=code in _BUSY[shape])


def _json(body: object) -> bytes:
    # Receivers count the bytes of a request: escaped, Chinese would take twice as many.
    return json.dumps(body, ensure_ascii=False).encode()


def _mac(key: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def _webhook_key(secret: str) -> bytes:
    """A secret of the Standard Webhooks is base64 after ``whsec_``; any other is itself the key."""
    prefix, is_standard, encoded = secret.partition("whsec_")
    if prefix or not is_standard:
        return secret.encode()
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return secret.encode()


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))
