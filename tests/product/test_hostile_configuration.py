"""A server that cannot start says in a line or two what is wrong and what is allowed, and leaves nothing."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.product.conftest import NewProduct
from tests.product.processes import inside, until
from tests.product.product import Product
from tests.product.server import ROOT, SHARDWRIGHT

NOBODY = ("setpriv", "--reuid=nobody", "--clear-groups")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n"
KIND = "kinds: {{Thing: {{instance_name: t, template: {template}}}}}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("api:\n  prot: 9000\n", ["api.prot", "did you mean api.port"]),
        ("kinds:\n  Thing:\n    max_instance: 5\n", ["max_instance", "did you mean", "max_instances"]),
        ("journal:\n  max_lines: many\n", ["journal.max_lines", "many", "100 to 10000000"]),
        ("kinds:\n  Thing:\n    max_instances: 2\n", ["max_instances", "2", "3 to 100"]),
        ("api: [1, 2\n", ["not valid YAML", "line 2"]),
        ("- a\n- b\n", ["mapping of keys"]),
        (b"\x00\xff\xfe", ["cannot be read"]),
        (KIND.format(template="{here}/missing.yml"), ["kinds.Thing.template", "missing.yml", "No such file"]),
        (KIND.format(template="{here}/empty.yml"), ["kinds.Thing.template", "empty.yml", "container"]),
        (KIND.format(template="{here}/text.yml"), ["kinds.Thing.template", "text.yml", "mapping"]),
        ("catalog: {url: nonsense}\n", ["catalog", "address"]),
        ("api: {host: 300.1.1.1}\n", ["api.host", "300.1.1.1"]),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_name(
    new_product: NewProduct, tmp_path: Path, text: str | bytes, says: list[str]
) -> None:
    (tmp_path / "empty.yml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}"
    )
    (tmp_path / "text.yml").write_text("just text")
    file = tmp_path / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.replace("{here}", str(tmp_path)).encode())
    _assert_refused(new_product(), says, "--config", str(file))


def test_a_missing_configuration_is_refused(new_product: NewProduct, tmp_path: Path) -> None:
    _assert_refused(new_product(), ["none.yaml", "No such file"], "--config", str(tmp_path / "none.yaml"))


def test_a_wrong_variable_is_refused(new_product: NewProduct) -> None:
    _assert_refused(new_product({"SHARDWRIGHT_API__PROT": "1"}), ["SHARDWRIGHT_API__PORT"])
    _assert_refused(new_product({"SHARDWRIGHT_API__PORT": "x"}), ["'x'", "0 to 65535"])
    _assert_refused(new_product(), ["99999", "0 to 65535"], "--port", "99999")


@pytest.mark.parametrize("section", ["api", "mqtt"])
def test_a_port_in_use_is_named(new_product: NewProduct, section: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        product = new_product({f"SHARDWRIGHT_{section.upper()}__PORT": port})
        _assert_refused(product, [port, f"{section}.port", "in use"])


def test_a_data_directory_that_cannot_be_used_is_named(new_product: NewProduct, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        _assert_refused(new_product({"SHARDWRIGHT_DATA_DIR": str(folder)}), ["data_dir", str(folder)])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_read_only_data_directory_is_named(new_product: NewProduct) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "data"
        folder.mkdir()
        for each in (folder.parent, folder):
            each.chmod(0o755)
        product = new_product({"SHARDWRIGHT_DATA_DIR": str(folder)})
        if subprocess.run([*NOBODY, SHARDWRIGHT, "version"], cwd=ROOT, check=False).returncode:
            pytest.skip("nobody but root may read this checkout")
        _assert_refused(product, [str(folder), "denied"], before=NOBODY)


@pytest.mark.parametrize("name", ["store.db", "journal.db", "catalog.db", "worker-key"])
def test_a_damaged_file_of_its_own_is_named(new_product: NewProduct, name: str) -> None:
    product = new_product()
    product.data.mkdir()
    (product.data / name).write_text("this is nothing of ours\n" * 50)
    _assert_refused(product, [name.removesuffix(".db")])


def test_a_second_server_on_a_data_directory_is_refused_and_harms_nothing(product: Product) -> None:
    assert product.server is not None
    pids = product.pids()
    second = product.command("run")
    _, err = second.communicate(timeout=60.0)
    assert second.returncode == 1
    assert f"process {product.server.pid}" in err
    assert len(err.splitlines()) <= 2
    assert product.pids() == pids
    assert product.is_up()
    assert product.stop() == 0


@pytest.mark.slow
def test_a_database_that_is_not_there_is_waited_for(new_product: NewProduct, tmp_path: Path) -> None:
    database = tmp_path / "later.db"
    product = new_product({"SHARDWRIGHT_CATALOG__URL": f"sqlite:///{database}"})
    product.launch()
    until(product.is_up, 60.0, what="it answers")

    def says_why() -> bool:
        answer = product.get("/readyz?verbose")
        assert answer.status == 503
        catalogs = [one for one in answer.json["dependencies"] if one["name"] == "catalog Thing"]
        return bool(catalogs) and str(database) in catalogs[0]["detail"]

    until(says_why, 20.0, what="it says that it waits for the database")
    status = product.cli("status")
    assert status.code == 1
    assert str(database) in status.out
    assert product.post("/v1/api/orchestrations/Thing/orchestrate").status == 503
    made = product.catalog
    assert not made.exists()
    elsewhere = tmp_path / "new.db"
    _create(elsewhere)
    elsewhere.rename(database)
    until(product.is_ready, 30.0, what="it is ready")
    until(lambda: product.kind("Thing")["counts"]["owned"] == 2, 30.0, what="both things are owned")
    until(lambda: product.cli("status").code == 0, 30.0, what="status finds nothing wrong, once compared")
    assert product.stop() == 0


def _create(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE Thing (id TEXT PRIMARY KEY); CREATE TABLE Rule (id TEXT PRIMARY KEY);"
        "INSERT INTO Thing VALUES ('a'), ('b');"
    )
    connection.close()


def _assert_refused(product: Product, says: Sequence[str], *words: str, before: Sequence[str] = ()) -> None:
    command = product.command("run", *words, before=before)
    try:
        out, err = command.communicate(timeout=60.0)
    except subprocess.TimeoutExpired:
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=40.0)
        raise AssertionError(f"it started, though it should have named {says}") from None
    assert command.returncode in (1, 2), err
    assert 1 <= len(err.splitlines()) <= 2, err
    assert "unexpectedly" not in err
    assert out == ""
    for word in says:
        assert word in err, err
    assert inside(product.data) == []
