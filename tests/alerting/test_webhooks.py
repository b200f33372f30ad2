"""Alarms arrive in the shape and with the signature that each receiver documents."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from orchestrator.alerting.webhook import ATTEMPTS, Webhook, Webhooks
from orchestrator.core.alerting.alarm import Alarm
from orchestrator.core.alerting.book import Notice, Said
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.alerts import Message
from tests.alerting.receiver import SECRET, Receiver

SHAPES = ("generic", "feishu", "dingtalk", "wecom")
NOW = 1_700_000_000.0
HOSTILE = 'thing-1 <at user_id="all">all</at> @all \u202e\n\x1b[31m'


def notice(sentence: str = "12 unowned", said: Said = Said.OPEN, **changed: object) -> Notice:
    given = {"kind": "Thing", "code": "unowned", "sentence": sentence, "needs_person": True}
    return Notice(said=said, alarm=Alarm(**{**given, **changed}), since=NOW - 60, at=NOW)


def message(*notices: Notice) -> Message:
    return Message(id="alert-1", at=NOW, page="http://127.0.0.1:8080/", notices=notices or (notice(),))


def hooks(receiver: Receiver, **changed: object) -> Webhooks:
    secret = None if receiver.shape == "wecom" else SECRET
    given = {"name": "oncall", "shape": receiver.shape, "url": receiver.url, "secret": secret}
    return Webhooks([Webhook(**{**given, **changed})], lambda: NOW, first_wait=0.01)


@pytest.fixture(params=SHAPES)
async def receiver(request: pytest.FixtureRequest) -> AsyncIterator[Receiver]:
    async with Receiver(shape=request.param) as one:
        yield one


async def test_what_is_sent_is_taken(receiver: Receiver) -> None:
    async with hooks(receiver) as messenger:
        await messenger.send("oncall", message())
    (body,) = receiver.taken
    assert "12 unowned" in str(body)


async def test_another_secret_is_refused_and_not_tried_again() -> None:
    for shape in ("feishu", "dingtalk"):
        async with Receiver(shape=shape) as receiver, hooks(receiver, secret="another") as messenger:
            with pytest.raises(Permanent, match=r"19021|310000"):
                await messenger.send("oncall", message())
            assert len(receiver.asked) == 1 and not receiver.taken


async def test_a_receiver_that_is_busy_is_tried_again_and_gets_the_same_id(receiver: Receiver) -> None:
    busy = {"feishu": (200, {"code": 11232}), "dingtalk": (200, {"errcode": 130101})}.get(receiver.shape)
    receiver.answers = [(503, {}), (429, {}), *([busy] if busy else [])]
    async with hooks(receiver) as messenger:
        await messenger.send("oncall", message())
    assert len(receiver.taken) == 1
    if receiver.shape == "generic":
        assert {one.headers["webhook-id"] for one in receiver.asked} == {"alert-1"}


async def test_a_receiver_that_stays_away_is_given_up_after_a_few_tries(receiver: Receiver) -> None:
    receiver.answers = [(500, {})] * 50
    async with hooks(receiver) as messenger:
        with pytest.raises(Unavailable, match="oncall answers 500"):
            await messenger.send("oncall", message())
    assert len(receiver.asked) == ATTEMPTS


async def test_nobody_is_sent_elsewhere_and_no_fault_tells_the_key(receiver: Receiver) -> None:
    receiver.answers = [(307, {})]
    async with hooks(receiver) as messenger:
        with pytest.raises(Permanent, match="refuses with 307"):
            await messenger.send("oncall", message())
    assert len(receiver.asked) == 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gone = Webhook(name="gone", shape=receiver.shape, url=f"http://127.0.0.1:{port}/the-key")
    async with Webhooks([gone], lambda: NOW, first_wait=0.01) as messenger:
        with pytest.raises(Unavailable) as told:
            await messenger.send("gone", message())
    assert "the-key" not in str(told.value) and "the-key" not in repr(gone)


async def test_a_hostile_id_calls_nobody_and_stays_in_its_line(receiver: Receiver) -> None:
    async with hooks(receiver) as messenger:
        await messenger.send("oncall", message(notice(f"1 unowned, e.g. {HOSTILE}")))
    (body,) = receiver.taken
    if receiver.shape == "generic":
        assert body["notices"][0]["sentence"].endswith(HOSTILE)
        return
    text = body["content"]["text"] if receiver.shape == "feishu" else body["text"]["content"]
    assert len(text.splitlines()) == 2
    for bad in ("<at", "@all", "\u202e", "\x1b"):
        assert bad not in text


async def test_of_very_many_alarms_the_first_are_shown_and_the_rest_counted(receiver: Receiver) -> None:
    many = [notice("编号" * 100 + str(n), subject=str(n)) for n in range(150)]
    async with hooks(receiver) as messenger:
        await messenger.send("oncall", message(*many))
    (body,) = receiver.taken
    if receiver.shape == "generic":
        assert len(body["notices"]) == 150
        assert len({one["fingerprint"] for one in body["notices"]}) == 150
    else:
        text = body["content"]["text"] if receiver.shape == "feishu" else body["text"]["content"]
        assert "150 alarms, 150 need a person" in text and "more" in text.splitlines()[-1]


async def test_an_answer_that_is_none_of_a_bot_is_a_refusal() -> None:
    async with Receiver(shape="feishu", answers=[(200, ["hello"])]) as receiver, hooks(receiver) as messenger:
        with pytest.raises(Permanent, match="not that of a bot"):
            await messenger.send("oncall", message())


async def test_a_secret_of_the_standard_webhooks_is_decoded() -> None:
    import base64

    key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    secret = base64.b64decode(key).decode("latin-1")
    async with Receiver(secret=None) as receiver, hooks(receiver, secret=f"whsec_{key}") as messenger:
        await messenger.send("oncall", message())
        given = receiver.asked[0].headers["webhook-signature"]
    async with Receiver(secret=None) as plain, hooks(plain, secret=f"whsec_{secret}") as messenger:
        await messenger.send("oncall", message())
        assert plain.asked[0].headers["webhook-signature"] != given
