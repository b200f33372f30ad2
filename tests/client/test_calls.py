"""What is sent, what is tried again, and how it ends."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shardwright_client import (
    NO_RETRY,
    Client,
    Misused,
    NotAllowed,
    NotFound,
    Refused,
    Retry,
    Unavailable,
    Unexpected,
)
from tests.client.raw import CUT, NOTHING, problem, raw

BUSY = problem(503, "nobody leads")


class Pauses(list[float]):
    """Stands for sleeping: how long was waited each time."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(url: str, pauses: Pauses | None = None, **given: Any) -> Client:
    return Client(url, sleep=pauses if pauses is not None else Pauses(), **given)


def test_each_part_of_a_path_is_quoted_as_a_whole() -> None:
    with raw({"shard": 1}) as server:
        client(server.url).get("v1", "api", "kinds", "Thing", "resources", "a/b?c#d %", why=True, none=None)
        assert server.asked[0][1] == "/v1/api/kinds/Thing/resources/a%2Fb%3Fc%23d%20%25?why=true"
        with pytest.raises(Misused, match="names nothing"):
            client(server.url).get("v1", "")
        assert len(server.asked) == 1


@pytest.mark.parametrize("lost", [NOTHING, CUT, BUSY, (502, b"<html>", {}), (504, b"", {})])
def test_a_read_whose_answer_is_lost_is_tried_again(lost: Any) -> None:
    pauses = Pauses()
    with raw(lost, lost, {"items": []}) as server:
        assert client(server.url, pauses).kinds() == []
        assert len(server.asked) == 3
    assert pauses == [0.2, 0.4]


def test_a_write_is_sent_again_under_the_same_key_and_the_next_one_under_another() -> None:
    with raw(NOTHING, CUT, {"paused": True}) as server:
        api = client(server.url)
        assert api.pause("Thing") == {"paused": True}
        api.pause("Thing")
        first, second, third, other = server.keys()
        assert first == second == third != other
        assert first and len(first) == 32


def test_a_write_that_is_under_way_still_is_asked_for_again() -> None:
    busy = problem(409, "a request with this Idempotency-Key is under way", **{"Retry-After": "1"})
    pauses = Pauses()
    with raw(CUT, busy, {"paused": True}) as server:
        assert client(server.url, pauses).pause("Thing")["paused"]
        assert len(set(server.keys())) == 1
    assert pauses == [0.2, 1.0]
    with raw(busy) as server:
        # The first answer is no echo of ours.
        with pytest.raises(Refused):
            client(server.url).pause("Thing")
        assert len(server.asked) == 1


def test_it_ends_after_so_many_attempts_with_the_last_error() -> None:
    pauses = Pauses()
    with raw(BUSY) as server:
        with pytest.raises(Unavailable, match="nobody leads") as ended:
            client(server.url, pauses, retry=Retry(attempts=3)).kinds()
        assert len(server.asked) == 3
    assert ended.value.status == 503
    with raw(BUSY) as server:
        with pytest.raises(Unavailable):
            client(server.url, retry=NO_RETRY).kinds()
        assert len(server.asked) == 1


def test_who_asks_to_wait_is_waited_for_unless_it_is_too_long() -> None:
    pauses = Pauses()
    with raw(problem(429, "too many", **{"Retry-After": "3"}), {"items": []}) as server:
        client(server.url, pauses).kinds()
    assert pauses == [3.0]
    with raw(problem(429, "too many", **{"Retry-After": "60"})) as server:
        with pytest.raises(Unavailable) as ended:
            client(server.url, pauses).kinds()
        assert len(server.asked) == 1
    assert ended.value.retry_after == 60.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, NotAllowed), (403, NotAllowed), (404, NotFound), (409, Refused)],
)
def test_a_refusal_is_told_in_the_words_of_the_server_and_not_tried_again(status: int, kind: type) -> None:
    said = problem(status, "it does not fit", "one", "it does not fit", **{"X-Request-Id": "r-1"})
    with raw(said) as server:
        with pytest.raises(kind) as ended:
            client(server.url).pause("Thing")
        assert len(server.asked) == 1
    refusal = ended.value
    assert isinstance(refusal, Refused)
    assert (refusal.status, str(refusal)) == (status, "Title: it does not fit")
    assert (refusal.reasons, refusal.request_id) == (("one",), "r-1")
    assert refusal.document["status"] == status


@pytest.mark.parametrize("content", [b"<html>", b"[1"])
def test_something_else_at_the_address_is_unexpected(content: bytes) -> None:
    with raw((200, content, {})) as server, pytest.raises(Unexpected, match="is not Shardwright"):
        client(server.url).kinds()
    with raw((418, content, {})) as server, pytest.raises(Unexpected, match="answered 418"):
        client(server.url).kinds()
    with raw(problem(500, "a bug")) as server:
        with pytest.raises(Unexpected, match="a bug"):
            client(server.url).kinds()
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_since_the_token_would_go_with_it(status: int) -> None:
    with raw({"items": []}) as other, raw((status, b"", {"Location": f"{other.url}/x"})) as server:
        with pytest.raises(Unexpected, match="redirects are not followed"):
            client(server.url, token="swt_a_b").kinds()
        assert other.asked == []


def test_the_token_goes_along_as_a_bearer() -> None:
    with raw({"items": []}) as server:
        client(server.url, token="swt_a_b").kinds()
        client(server.url).kinds()
        given = [headers.get("Authorization") for _, _, headers, _ in server.asked]
        assert given == ["Bearer swt_a_b", None]


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "schlüssel", "a\r\nX-Evil: 1"])
def test_a_token_that_no_header_can_hold_is_none(token: str) -> None:
    with pytest.raises(Misused) as ended:
        Client("http://127.0.0.1:1", token=token)
    assert not token or token not in str(ended.value)


@pytest.mark.parametrize(
    "text",
    ["", "ftp://x", "http://", "http://h:0", "http://h:x", "http://u:p@h", "http://h/?a=1", "http://h\n"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        Client(text)


def test_nobody_at_the_address_is_unavailable_and_nothing_was_done() -> None:
    with pytest.raises(Unavailable, match="no server answers at http://127") as ended:
        client("127.0.0.1:1").kinds()
    assert ended.value.is_untouched and ended.value.status is None


def test_a_proxy_for_the_world_outside_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with raw({"items": []}) as server:
        assert client(server.url).kinds() == []


def test_pages_are_read_to_their_end() -> None:
    first = {"items": [{"id": "a", "from": 0, "to": 1}], "next": "7"}
    with raw(first, {"items": [], "next": "8"}, {"items": [{"id": "b"}], "next": None}) as server:
        assert [move["id"] for move in client(server.url).plan_moves("Thing", 3)] == ["a", "b"]
        assert [path.partition("?")[2] for _, path, _, _ in server.asked] == [
            "limit=1000",
            "cursor=7&limit=1000",
            "cursor=8&limit=1000",
        ]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with the key and a certificate for 127.0.0.1 that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key", folder / "cert"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    return folder


def test_a_server_is_believed_whose_authority_is_named_and_no_other(
    certificate: Path, tmp_path: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "cert", certificate / "key")
    with raw({"items": []}, tls=tls) as server:
        assert client(server.url, ca=certificate / "cert").kinds() == []
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            client(server.url, retry=NO_RETRY).kinds()
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(Misused, match="cannot be used"):
        Client("https://127.0.0.1:1", ca=tmp_path / "ca")


def test_importing_the_package_imports_no_http() -> None:
    import sys

    code = (
        "import sys, shardwright_client;"
        "print(sorted({'ssl', 'http.client', 'urllib.request'} & set(sys.modules)));"
        "shardwright_client.Client"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stdout == "[]\n", ended.stderr
