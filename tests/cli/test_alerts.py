"""``shardwright alerts test`` sends what every receiver takes, and says who did not take it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.alerting.receiver import SECRET, Receiver, listening


def configure(home: Path, *targets: dict[str, object]) -> None:
    chosen = json.dumps({"access": {"mode": "open"}, "alerts": {"targets": list(targets)}})
    (home / "config.yaml").write_text(chosen)


def test_every_target_gets_a_message_that_says_that_it_is_a_test(shardwright: Any, home: Path) -> None:
    with listening(Receiver(shape="feishu")) as chat, listening(Receiver(secret=None)) as plain:
        configure(
            home,
            {"name": "oncall", "shape": "feishu", "url": chat.url, "secret": SECRET},
            {"name": "desk", "url": plain.url},
        )
        ended = shardwright("alerts", "test")
        assert ended.code == 0, ended.err
        assert ended.out.split() == ["TARGET", "RESULT", "oncall", "taken", "desk", "taken"]
        assert "nothing is wrong" in chat.taken[0]["content"]["text"]
        assert plain.taken[0]["type"] == "test"
        ended = shardwright("alerts", "test", "desk", "-o", "json")
        assert json.loads(ended.out) == [{"target": "desk", "taken": True, "fault": None}]
        assert (len(chat.taken), len(plain.taken)) == (1, 2)


def test_who_does_not_take_it_is_named_without_the_key(shardwright: Any, home: Path) -> None:
    with listening(Receiver(shape="dingtalk")) as chat:
        configure(home, {"name": "oncall", "shape": "dingtalk", "url": chat.url, "secret": "another"})
        ended = shardwright("alerts", "test")
        assert ended.code == 1
        assert "errcode 310000" in ended.err + ended.out
        assert "the-key" not in ended.err + ended.out


def test_a_target_that_is_not_configured_is_refused(shardwright: Any, home: Path) -> None:
    configure(home)
    assert "alerts.targets is empty" in shardwright("alerts", "test").err
    configure(home, {"name": "desk", "url": "https://alerts.example.org/hook"})
    ended = shardwright("alerts", "test", "oncall")
    assert ended.code != 0 and "it has: desk" in ended.err
