"""What can be configured of an identity provider and of limits, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.bootstrap.oidc import bearers
from orchestrator.clock import SystemClock
from orchestrator.errors import ConfigError, Permanent
from orchestrator.settings import Settings, file_faults, load, unprotected_links

GOOD: dict[str, Any] = {
    "issuer": "https://sso.example.org/realms/company/",
    "audience": ["shardwright"],
    "grants": [{"claim": "groups", "value": "ops", "role": "operator", "kind": "Thing"}],
}


def given(**changed: Any) -> Settings:
    return load(None, {}, {"access.oidc": GOOD | changed})


def test_a_provider_has_safe_defaults_and_its_issuer_is_kept_to_the_last_slash() -> None:
    oidc = given().access.oidc
    assert oidc is not None
    assert oidc.issuer.endswith("/company/")
    assert (oidc.algorithms, oidc.name_claim, oidc.leeway) == (("RS256", "ES256"), "sub", 30.0)
    assert len(bearers(given(), SystemClock())) == 1
    assert bearers(load(None, {}), SystemClock()) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"algorithms": ["none"]}, "RS256"),
        ({"algorithms": ["HS256"]}, "RS256"),
        ({"algorithms": []}, "algorithms"),
        ({"audience": []}, "audience"),
        ({"issuer": "sso.example.org"}, "must be the https:// address"),
        ({"issuer": "file:///etc/passwd"}, "must be the https:// address"),
        ({"keys_url": "file:///etc/passwd"}, "must be http"),
        ({"grants": []}, "access.oidc.grants is empty"),
        ({"grants": [{"claim": "groups", "value": "ops", "role": "owner"}]}, "viewer, operator or admin"),
        ({"leeway": 3600}, "0 to 300"),
    ],
)
def test_what_would_let_in_anybody_or_nobody_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=r"access\.oidc") as refused:
        given(**changed)
    assert said in str(refused.value)


def test_a_provider_that_is_reached_without_tls_is_an_unprotected_link() -> None:
    (said,) = unprotected_links(given(issuer="http://sso.example.org"))
    assert "access.oidc.issuer is http://sso.example.org" in said
    assert unprotected_links(given(issuer="http://127.0.0.1:8080")) == []
    assert len(unprotected_links(given(keys_url="http://sso.example.org/keys"))) == 1


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = given(ca=str(tmp_path / "absent.pem"))
    (said,) = file_faults(settings)
    assert "access.oidc.ca" in said
    with pytest.raises(Permanent, match=r"absent\.pem"):
        bearers(settings, SystemClock())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"access.limits.lock_most": 1, "access.limits.lock_first": 2}, "lock_first"),
        ({"access.limits.proxies": ["proxy.example.org"]}, "addresses such as 10.0.0.7"),
        ({"access.limits.proxies": ["10.42.0.7/16"]}, "networks such as 10.42.0.0/16"),
        ({"access.limits.proxies": ["0.0.0.0/0"]}, "0.0.0.0/0, which is everybody"),
        ({"access.limits.writes": 0}, "0.1"),
        ({"access.limits.lock_after": 0}, "1 to 1000"),
    ],
)
def test_limits_that_would_limit_nothing_or_everything_are_refused(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=r"access\.limits") as refused:
        load(None, {}, changed)
    assert said in str(refused.value)


def test_proxies_are_addresses_and_networks() -> None:
    settings = load(None, {}, {"access.limits.proxies": ["10.0.0.7", "10.42.0.0/16", "2001:DB8::/32"]})
    assert settings.access.limits.proxies == ("10.0.0.7", "10.42.0.0/16", "2001:db8::/32")


@pytest.mark.parametrize(
    ("mode", "required", "is_so"),
    [("open", None, False), ("accounts", None, True), ("open", True, True), ("accounts", False, False)],
)
def test_the_trail_is_required_where_people_sign_in_unless_told_otherwise(
    mode: str, required: bool | None, is_so: bool
) -> None:
    settings = load(None, {}, {"access.mode": mode, "audit.required": required})
    assert settings.audit_is_required is is_so


def test_the_trail_is_where_the_accounts_or_the_history_are_shared(tmp_path: Path) -> None:
    own = load(None, {}, {"data_dir": str(tmp_path)})
    assert own.audit_url == f"sqlite:///{tmp_path}/audit.db"
    shared = load(None, {}, {"journal.url": "postgresql://j", "access.url": "postgresql://a"})
    assert shared.audit_url == "postgresql://a"
    assert load(None, {}, {"journal.url": "postgresql://j"}).audit_url == "postgresql://j"
    assert load(
        None, {}, {"journal.url": "postgresql://j", "audit.url": "postgresql://x"}
    ).audit_url.endswith("x")
