"""A running server that takes the tokens of an identity provider, and bears who guesses passwords."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.issuer import AUDIENCE, Issuer, rsa_key
from tests.product.conftest import NewProduct

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
KINDS, PAUSE = "/v1/api/kinds", "/v1/api/kinds/Thing/pause"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.start()
    yield issuer
    issuer.stop()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_tokens_of_the_provider_count_and_guesses_are_slowed_down(
    new_product: NewProduct, tmp_path: Path, issuer: Issuer
) -> None:
    rule = "{claim: groups, value: ops, role: operator, kind: Thing}"
    provider = f"{{issuer: '{issuer.url}', audience: [{AUDIENCE}], grants: [{rule}]}}"
    product = new_product(
        {
            "SHARDWRIGHT_ACCESS__MODE": "accounts",
            "SHARDWRIGHT_ACCESS__OIDC": provider,
            "SHARDWRIGHT_ACCESS__LIMITS__LOCK_AFTER": "3",
            "XDG_CONFIG_HOME": str(tmp_path),
        }
    )
    product.start()
    ops = bearer(issuer.token(groups=["ops"]))

    def asked(headers: dict[str, str], path: str = PAUSE) -> int:
        return product.call("POST", path, {}, headers=headers).status

    assert asked(ops) == 200
    assert asked(ops, PAUSE.replace("Thing", "Rule")) == 403
    assert asked(bearer(issuer.token())) == 403
    now = int(time.time())
    for hostile in (
        issuer.token(exp=now - 120, groups=["ops"]),
        issuer.token(nbf=now + 3600, groups=["ops"]),
        issuer.token(aud="payroll", groups=["ops"]),
        issuer.token(key=rsa_key("other"), groups=["ops"]),
        "eyJhbGciOiJub25lIn0." + issuer.token(groups=["ops"]).split(".")[1] + ".",
    ):
        assert asked(bearer(hostile)) == 401
    issuer.status = 503
    assert asked(bearer(issuer.token(groups=["ops"]))) == 200
    # Not 401: it may well be a key that the provider has made since.
    assert asked(bearer(issuer.token("new", key=rsa_key("new"), groups=["ops"]))) in (401, 503)

    body = {"name": "admin", "password": "wrong"}
    guesses = [product.call("POST", "/v1/api/session", body).status for _ in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    product.environment["SHARDWRIGHT_TOKEN"] = (product.data / "admin-password").read_text().strip()
    assert product.stop() == 0
    trail = product.cli("audit", "export", "--local").out
    assert '"actor":"oidc:alice","source":"oidc"' in trail
    assert product.cli("audit", "verify", "--local").code == 0
    assert "a bearer token was not accepted: Signature has expired" in product.said()
    assert "eyJ" not in product.said() + trail
