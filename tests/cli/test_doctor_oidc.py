"""Doctor asks the identity provider for its keys, as the server would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.identity.issuer import AUDIENCE, Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.start()
    yield issuer
    issuer.stop()


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """What is found about the provider."""

    def asked(url: str, **keys: Any) -> tuple[int, dict[str, Any]]:
        grants = [{"claim": "groups", "value": "ops", "role": "viewer"}]
        oidc = {"issuer": url, "audience": [AUDIENCE], "grants": grants, **keys}
        written = {"access": {"mode": "accounts", "oidc": oidc}, "api": {"port": 0}, "mqtt": {"port": 0}}
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        (found,) = [each for each in json.loads(ended.out) if each["name"] == "identity provider"]
        return ended.code, found

    return asked


def test_a_provider_whose_keys_can_be_had_is_well(ask: Any, issuer: Issuer) -> None:
    code, found = ask(issuer.url)
    assert (code, found["ok"], found["detail"]) == (0, True, "1 of its keys are for RS256, ES256")


def test_a_provider_without_a_key_of_the_algorithms_is_trouble(ask: Any, issuer: Issuer) -> None:
    code, found = ask(issuer.url, algorithms=["EdDSA"])
    assert (code, found["ok"]) == (1, False)
    assert "access.oidc.algorithms" in found["mend"]


def test_a_provider_that_does_not_answer_or_is_another_is_trouble(ask: Any, issuer: Issuer) -> None:
    code, found = ask(f"{issuer.url}/realms/other")
    assert (code, found["ok"]) == (1, False)
    assert "is of another issuer" in found["detail"] or "answers 404" in found["detail"]
    issuer.status = 503
    code, found = ask(issuer.url)
    assert (code, found["ok"]) == (1, False)
    assert "answers 503" in found["detail"]
    code, found = ask("http://127.0.0.1:9")
    assert (code, found["ok"]) == (1, False)
