"""Doctor tries the ensemble as a server would use it, changes nothing there, and says what to mend."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.store.zookeeper_check import is_sound, server_version, try_session
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.services import zookeeper
from tests.services.waiting import free_ports
from tests.services.zookeeper_client import operator


@pytest.fixture(scope="module")
def address() -> str:
    return zookeeper.shared()


@pytest.fixture
def root() -> str:
    return f"/doctor-{secrets.token_hex(6)}/orchestration"


@pytest.fixture
def ask(shardwright: Any, home: Path, root: str) -> Any:
    """What doctor says of ZooKeeper with these keys in its configuration."""

    def asked(**keys: Any) -> tuple[int, dict[str, dict[str, Any]]]:
        store = {"engine": "zookeeper", "zookeeper": {"root": root, **keys}}
        written = {"store": store, "api": {"port": 0}, "mqtt": {"port": 0}}
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        found = {each["name"]: each for each in json.loads(ended.out)}
        return ended.code, {name: each for name, each in found.items() if name.startswith("zookeeper")}

    return asked


@pytest.fixture
def hand(address: str, root: str) -> Iterator[Any]:
    with operator(address) as client:
        yield client
        for path in (root, root.rpartition("/")[0]):
            if client.exists(path):
                client.delete(path)


def test_an_ensemble_that_can_be_used_is_told_so_and_nothing_is_made_in_it(
    ask: Any, address: str, root: str, hand: Any
) -> None:
    code, found = ask(hosts=address)
    assert code == 0
    assert found["zookeeper"]["ok"]
    assert f"{address}: {root} can be made, session " in found["zookeeper"]["detail"]
    assert hand.exists(root) is None and hand.exists(f"/{root.split('/')[1]}") is None
    hand.ensure_path(root)
    assert "is there and can be used" in ask(hosts=address)[1]["zookeeper"]["detail"]
    assert hand.get_children(root) == []


def test_the_release_of_each_server_is_told(ask: Any, address: str) -> None:
    _, found = ask(hosts=address)
    server = found["zookeeper server 1"]
    host, _, port = address.partition(",")[0].rpartition(":")
    version = server_version(ZookeeperOptions(hosts=address), host, int(port), 5)
    assert version is None or ".".join(map(str, version)) in server["detail"]
    assert server["warns"] is (version is not None and not is_sound(version))


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 4, 14), False),
        ((3, 7, 2), False),
        ((3, 8, 0), False),
        ((3, 8, 5), False),
        ((3, 8, 6), True),
        ((3, 9, 4), False),
        ((3, 9, 5), True),
        ((3, 10, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_releases_with_known_defects_are_known(version: tuple[int, int, int], sound: bool) -> None:
    assert is_sound(version) is sound


def test_a_root_of_another_account_is_trouble(ask: Any, address: str, root: str, hand: Any) -> None:
    from kazoo.security import make_digest_acl

    hand.ensure_path(f"/{root.split('/')[1]}")
    hand.create(root, acl=[make_digest_acl("ann", "secret", all=True)])
    account = {"mechanism": "digest", "username": "bob", "password": "hunter2"}
    code, found = ask(hosts=address, **account)
    assert code == 1
    assert found["zookeeper"]["detail"] == f"{root} belongs to another account, and ours may not use it"
    assert "store.zookeeper" in found["zookeeper"]["mend"]
    ann = {"mechanism": "digest", "username": "ann", "password": "secret"}
    assert ask(hosts=address, **ann)[0] == 0


def test_a_root_that_may_be_read_but_not_written_is_trouble(
    ask: Any, address: str, root: str, hand: Any
) -> None:
    from kazoo.security import READ_ACL_UNSAFE

    hand.ensure_path(f"/{root.split('/')[1]}")
    hand.create(root, acl=READ_ACL_UNSAFE)
    code, found = ask(hosts=address)
    assert (code, found["zookeeper"]["ok"]) == (1, False)


def test_an_ensemble_that_is_not_there_is_trouble_within_the_time_of_a_probe(ask: Any) -> None:
    port = free_ports(1)[0]
    began = time.monotonic()
    code, found = ask(hosts=f"127.0.0.1:{port}")
    assert time.monotonic() - began < 15
    assert (code, found["zookeeper"]["ok"]) == (1, False)
    assert "no session: " in found["zookeeper"]["detail"]
    assert "refused" in found["zookeeper server 1"]["detail"]


def test_a_server_that_accepts_and_says_nothing_holds_nobody_up(ask: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        code, found = ask(hosts=f"127.0.0.1:{mute.getsockname()[1]}")
        assert time.monotonic() - began < 20
    assert (code, found["zookeeper"]["ok"]) == (1, False)


def test_one_server_of_several_that_is_away_is_a_warning(ask: Any, address: str) -> None:
    code, found = ask(hosts=f"{address.partition(',')[0]},127.0.0.1:{free_ports(1)[0]}")
    assert code == 0
    assert found["zookeeper"]["ok"]
    assert found["zookeeper server 2"]["warns"]


def test_a_plain_port_is_not_taken_for_one_with_tls(ask: Any, address: str) -> None:
    code, found = ask(hosts=address, tls={})
    assert (code, found["zookeeper"]["ok"]) == (1, False)


def test_a_session_that_is_granted_longer_than_asked_is_a_warning(ask: Any, tmp_path: Path) -> None:
    server = zookeeper.own(tmp_path / "slow", minSessionTimeout="20000", maxSessionTimeout="40000")
    server.start()
    try:
        code, found = ask(hosts=server.address, session_timeout=5)
        assert code == 0
        assert found["zookeeper session"]["warns"]
        assert "20 s were granted where 5 s were asked for" in found["zookeeper session"]["detail"]
        assert try_session(ZookeeperOptions(hosts=server.address), 5).granted_s == 20
    finally:
        server.stop()


def test_a_server_that_keeps_its_version_to_itself_is_unknown_not_trouble() -> None:
    # Servers of today always answer srvr; those that somebody else runs may not.
    with socket.create_server(("127.0.0.1", 0)) as shy:
        port = shy.getsockname()[1]

        def answer() -> None:
            connection, _ = shy.accept()
            with connection:
                # What is left unread when it is closed would reset the connection.
                connection.recv(4)
                connection.sendall(b"srvr is not executed because it is not in the whitelist.\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert server_version(ZookeeperOptions(hosts=f"127.0.0.1:{port}"), "127.0.0.1", port, 5) is None
        thread.join(5)
