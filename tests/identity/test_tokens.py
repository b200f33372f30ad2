"""Which tokens of an identity provider count, and which do not, whoever made them."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from orchestrator.core.access import Grant, Principal, Role
from orchestrator.errors import Unavailable
from orchestrator.identity.oidc import LONGEST, OidcTokens
from orchestrator.identity.provider import Provider, Rule
from tests.identity.issuer import AUDIENCE, Issuer, rsa_key, unsigned

RULES = (
    Rule(claim="groups", value="ops", grant=Grant(Role.OPERATOR, "Thing")),
    Rule(claim="groups", value="all", grant=Grant(Role.VIEWER)),
    Rule(claim="realm.roles", value="boss", grant=Grant(Role.ADMIN)),
    Rule(claim="https://example.org/role", value="boss", grant=Grant(Role.ADMIN)),
)
ALICE = Principal("oidc:alice", "oidc", ())


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.start()
    yield issuer
    issuer.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., OidcTokens]


@pytest.fixture
def open_tokens(issuer: Issuer, clock: Clock) -> Open:
    def open_one(**changed: object) -> OidcTokens:
        given: dict[str, object] = {
            "issuer": issuer.url,
            "audiences": (AUDIENCE,),
            "rules": RULES,
            "algorithms": ("RS256", "PS256", "ES256", "EdDSA"),
        }
        return OidcTokens(Provider(**given | changed), monotonic=clock)  # type: ignore[arg-type]

    return open_one


@pytest.fixture
def tokens(open_tokens: Open) -> OidcTokens:
    return open_tokens()


async def test_a_good_token_says_whose_it_is(issuer: Issuer, tokens: OidcTokens) -> None:
    assert await tokens.principal(issuer.token()) == ALICE
    assert await tokens.principal(issuer.token(kid=None)) == ALICE
    assert await tokens.principal(issuer.token(aud=["other", AUDIENCE])) == ALICE
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("claims", "grants"),
    [
        ({}, ()),
        ({"groups": ["ops"]}, (Grant(Role.OPERATOR, "Thing"),)),
        ({"groups": "all"}, (Grant(Role.VIEWER),)),
        ({"groups": ["ops", "all", 7, None, {"a": 1}]}, (Grant(Role.VIEWER), Grant(Role.OPERATOR, "Thing"))),
        ({"groups": ["ops"], "realm": {"roles": ["boss"]}}, (Grant(Role.ADMIN),)),
        ({"https://example.org/role": "boss"}, (Grant(Role.ADMIN),)),
        ({"realm": "boss"}, ()),
        ({"realm.roles.boss": True, "groups": {"ops": True}}, ()),
        ({"groups": "operations all"}, ()),
    ],
)
async def test_its_claims_give_what_the_rules_say_and_no_more(
    issuer: Issuer, tokens: OidcTokens, claims: dict[str, object], grants: tuple[Grant, ...]
) -> None:
    found = await tokens.principal(issuer.token(**claims))  # type: ignore[arg-type]
    assert found == Principal("oidc:alice", "oidc", grants)


async def test_other_algorithms_with_two_keys_count_where_they_are_allowed(
    issuer: Issuer, open_tokens: Open
) -> None:
    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    issuer.keys["three"] = ed25519.Ed25519PrivateKey.generate()
    made = [
        issuer.token(),
        issuer.token(algorithm="PS256"),
        issuer.token("two", "ES256"),
        issuer.token("three", "EdDSA"),
    ]
    every, one = open_tokens(), open_tokens(algorithms=("RS256",))
    assert [await every.principal(token) for token in made] == [ALICE] * 4
    assert [await one.principal(token) for token in made] == [ALICE, None, None, None]


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256",), ("RS256", "HS512"), ("ES256K",)])
def test_algorithms_whose_tokens_anybody_could_make_cannot_be_allowed(
    open_tokens: Open, algorithms: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="allowed: RS256"):
        open_tokens(algorithms=algorithms)


def hs256_with_the_public_key(issuer: Issuer) -> str:
    signed = unsigned({"alg": "HS256", "typ": "JWT", "kid": "one"}, issuer.claims()).rpartition(".")[0]
    mac = hmac.digest(issuer.public_pem(), signed.encode(), hashlib.sha256)
    return f"{signed}.{jwt.utils.base64url_encode(mac).decode()}"


def tampered(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    body = unsigned({}, issuer.claims(sub="eve")).split(".")[1]
    return f"{head}.{body}.{signature}"


def now() -> int:
    return int(time.time())


HOSTILE: dict[str, Callable[[Issuer], str]] = {
    "expired": lambda issuer: issuer.token(exp=now() - 120),
    "never expires": lambda issuer: issuer.token(exp=None),
    "expires at infinity": lambda issuer: unsigned({"alg": "RS256", "kid": "one"}, issuer.claims(exp=1e400)),
    "signed, with an expiry that is no number": lambda issuer: _signed(issuer, exp="soon"),
    "signed, with an expiry at infinity": lambda issuer: _signed(issuer, exp=float("inf")),
    "not valid yet": lambda issuer: issuer.token(nbf=now() + 3600),
    "issued in the future": lambda issuer: issuer.token(iat=now() + 3600),
    "forged with another key": lambda issuer: issuer.token(key=rsa_key("other")),
    "changed after it was signed": tampered,
    "without a signature": lambda issuer: issuer.token().rpartition(".")[0] + ".",
    "for somebody else": lambda issuer: issuer.token(aud="payroll"),
    "for nobody": lambda issuer: issuer.token(aud=None),
    "for nobody in a list": lambda issuer: issuer.token(aud=[]),
    "for a longer name": lambda issuer: issuer.token(aud=AUDIENCE + "-test"),
    "of another issuer": lambda issuer: issuer.token(iss="https://evil.example"),
    "of an issuer that is almost ours": lambda issuer: issuer.token(iss=issuer.url + "/"),
    "of no issuer": lambda issuer: issuer.token(iss=None),
    "of a list of issuers": lambda issuer: _signed(issuer, iss=[issuer.url]),
    "alg none": lambda issuer: unsigned({"alg": "none", "kid": "one"}, issuer.claims()),
    "alg None": lambda issuer: unsigned({"alg": "None", "kid": "one"}, issuer.claims()),
    "alg that is no text": lambda issuer: unsigned({"alg": ["RS256"], "kid": "one"}, issuer.claims()),
    "no alg": lambda issuer: unsigned({"kid": "one"}, issuer.claims()),
    "HS256 with the public key as its secret": hs256_with_the_public_key,
    "an algorithm that is not allowed": lambda issuer: issuer.token(algorithm="RS512"),
    "a key id that is not known": lambda issuer: issuer.token("nine", key=issuer.keys["one"]),
    "a key id that is a path": lambda issuer: issuer.token("../../dev/null", key=issuer.keys["one"]),
    "a key id that is no text": lambda issuer: unsigned({"alg": "RS256", "kid": {"a": 1}}, issuer.claims()),
    "a key of its own in the head": lambda issuer: _with_own_key(issuer),
    "a place of keys in the head": lambda issuer: issuer.token(
        "nine", key=rsa_key("other"), headers={"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/"}
    ),
    "a part that nobody here understands": lambda issuer: issuer.token(headers={"crit": ["exp2"], "exp2": 1}),
    "no name": lambda issuer: issuer.token(sub=None),
    "an empty name": lambda issuer: issuer.token(sub=""),
    "a name of two lines": lambda issuer: issuer.token(sub="alice\nadmin"),
    "a name of many characters": lambda issuer: issuer.token(sub="a" * 201),
    "too long": lambda issuer: issuer.token(more="x" * LONGEST),
    "nothing": lambda issuer: "",
    "dots": lambda issuer: "..",
    "four parts": lambda issuer: issuer.token() + ".x",
    "nested beyond all measure": lambda issuer: unsigned({"alg": "RS256"}, {})[:3] + "W" * 4000,
    "no base64": lambda issuer: "é" + issuer.token(),
    "a list": lambda issuer: unsigned([], issuer.claims()),  # type: ignore[arg-type]
}


def _signed(issuer: Issuer, **changed: object) -> str:
    """As the issuer signs whatever it is given: PyJWT would refuse to make some of them."""
    head = {"alg": "RS256", "typ": "JWT", "kid": "one"}
    return jwt.api_jws.encode(
        json.dumps(issuer.claims(**changed)).encode(), issuer.keys["one"], "RS256", head
    )


def _with_own_key(issuer: Issuer) -> str:
    own = rsa_key("other")
    shown = jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return issuer.token("nine", key=own, headers={"jwk": shown})


@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_a_hostile_token_does_not_count(issuer: Issuer, tokens: OidcTokens, name: str) -> None:
    assert await tokens.principal(HOSTILE[name](issuer)) is None
    assert await tokens.principal(issuer.token()) == ALICE


async def test_clocks_may_differ_by_the_leeway_only(issuer: Issuer, open_tokens: Open) -> None:
    tokens = open_tokens(leeway=60.0)
    assert await tokens.principal(issuer.token(exp=now() - 30)) == ALICE
    assert await tokens.principal(issuer.token(nbf=now() + 30)) == ALICE
    assert await tokens.principal(issuer.token(exp=now() - 90)) is None


async def test_a_weak_key_of_the_provider_does_not_count(issuer: Issuer, tokens: OidcTokens) -> None:
    issuer.keys["weak"] = rsa_key("weak", 1024)
    assert await tokens.principal(issuer.token("one")) == ALICE
    token = jwt.api_jws.PyJWS().encode(b"{}", issuer.keys["one"], "RS256", {"kid": "weak"})
    assert await tokens.principal(token) is None


async def test_keys_that_prove_nothing_are_not_used(issuer: Issuer, open_tokens: Open) -> None:
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"}
    encrypting = {"kty": "RSA", "kid": "one", "use": "enc", "n": "AQAB", "e": "AQAB"}
    issuer.extra = [shared, encrypting, None, 7, {"kty": "what"}, {"kty": "RSA", "kid": "one"}]
    assert await open_tokens().principal(issuer.token()) == ALICE


async def test_a_new_key_is_asked_for_once_and_an_old_one_that_went_counts_no_more(
    issuer: Issuer, tokens: OidcTokens, clock: Clock
) -> None:
    old = issuer.token()
    assert await tokens.principal(old) == ALICE
    issuer.keys = {"two": rsa_key("other")}
    clock.now += 11
    assert await tokens.principal(issuer.token("two")) == ALICE
    assert await tokens.principal(old) is None
    assert issuer.asked.count("/keys") == 2


async def test_made_up_key_ids_have_the_provider_asked_seldom(
    issuer: Issuer, tokens: OidcTokens, clock: Clock
) -> None:
    for number in range(100):
        clock.now += 0.5
        await tokens.principal(issuer.token(f"made-up-{number}", key=issuer.keys["one"]))
    assert 2 <= issuer.asked.count("/keys") <= 6


BODIES = {"no JSON": b"<html>", "a list": b"[]", "no keys": b'{"keys": []}', "endless": b" " * 2**20}


@pytest.mark.parametrize("how", ["away", "500", "redirects", "no JSON", "a list", "no keys", "endless"])
async def test_where_no_keys_are_to_be_had_nobody_is_let_in_or_turned_away(
    issuer: Issuer, open_tokens: Open, clock: Clock, how: str
) -> None:
    tokens, token = open_tokens(keys_url=f"{issuer.url}/keys"), issuer.token()
    issuer.status = {"500": 500, "redirects": 302}.get(how, 200)
    issuer.body = {
        "no JSON": b"<html>",
        "a list": b"[]",
        "no keys": b'{"keys": []}',
        "endless": b" " * 2**20,
    }.get(how)
    if how == "away":
        tokens = open_tokens(keys_url="http://127.0.0.1:1/keys")
    with pytest.raises(Unavailable, match="keys of the identity provider are not known"):
        await tokens.principal(token)
    if how == "away":
        return
    issuer.status, issuer.body = 200, None
    clock.now += 11
    assert await tokens.principal(token) == ALICE


async def test_keys_that_are_known_count_while_the_provider_is_away_but_not_for_ever(
    issuer: Issuer, tokens: OidcTokens, clock: Clock
) -> None:
    assert await tokens.principal(issuer.token()) == ALICE
    issuer.status = 503
    for _ in range(20):
        clock.now += 3600
        assert await tokens.principal(issuer.token()) == ALICE
    clock.now += 6 * 3600
    with pytest.raises(Unavailable):
        await tokens.principal(issuer.token())


async def test_who_comes_with_a_known_key_does_not_wait_for_the_provider(
    issuer: Issuer, tokens: OidcTokens, clock: Clock
) -> None:
    assert await tokens.principal(issuer.token()) == ALICE
    clock.now += 700
    issuer.wait = threading.Event()
    began = time.monotonic()
    assert await tokens.principal(issuer.token()) == ALICE
    assert time.monotonic() - began < 2.0
    issuer.wait.set()


async def test_the_issuer_must_be_the_one_that_its_own_document_names(
    issuer: Issuer, open_tokens: Open
) -> None:
    tokens = open_tokens(issuer=issuer.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(Unavailable, match="is of another issuer"):
        await tokens.principal(issuer.token())


async def test_why_a_token_did_not_count_is_logged_without_the_token(
    issuer: Issuer, tokens: OidcTokens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = issuer.token(exp=now() - 120)
    for _ in range(50):
        await tokens.principal(token)
    assert [one.getMessage() for one in caplog.records if "not accepted" in one.getMessage()] == [
        "a bearer token was not accepted: Signature has expired"
    ]
    assert token not in caplog.text
