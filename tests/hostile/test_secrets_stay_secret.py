"""Configured passwords and keys occur in nothing that the product gives out, whatever goes wrong."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import yaml
from kazoo.client import KazooClient
from sqlalchemy import make_url

from tests.hostile.secret_stack import ACCOUNT, SECRETS, Stack, stack, traces
from tests.product.processes import inside, until
from tests.product.product import Product
from tests.product.server import STOP_S
from tests.services.mix import write
from tests.services.zookeeper_client import operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

WRONG = {name: secret.replace("Zq", "Zw").replace("5a71", "5b82") for name, secret in SECRETS.items()}
HIDDEN = traces(SECRETS | {f"wrong {name}": secret for name, secret in WRONG.items()})
COMMANDS = (
    "config check",
    "doctor",
    "status",
    "get kinds",
    "get shards",
    "get instances",
    "events --limit 500",
    "explain Thing thing-000001",
    "logs Thing/0",
    "removals show Thing",
    "orchestrate Thing --dry-run",
    "resync Thing",
    "export",
    "version",
)
NAMED = {
    "kind": "Thing",
    "resource": "Thing",
    "shard": "0",
    "id": "thing-000001",
    "plan": "1",
    "user": "nobody",
    "token": "none",
}


@pytest.fixture(scope="module")
def given() -> Iterator[Stack]:
    with stack() as found:
        yield found


class Findings:
    """All that came out, by where; ``assert_secret`` looks for the secrets in it."""

    def __init__(self) -> None:
        self._out: dict[str, bytes] = {}

    def add(self, where: str, what: str | bytes) -> None:
        self._out[where] = what.encode("utf-8", "surrogateescape") if isinstance(what, str) else what

    def assert_secret(self, *, at_least: int) -> None:
        assert len(self._out) >= at_least, sorted(self._out)
        told = [
            (where, name)
            for where, what in self._out.items()
            for name, looks in HIDDEN.items()
            if any(look in what for look in looks)
        ]
        assert not told
        print(json.dumps({"outputs": len(self._out), "bytes": sum(map(len, self._out.values()))}))


def test_a_scan_would_find_a_secret_in_every_form() -> None:
    for name, secret in SECRETS.items():
        for text in (secret, quote(secret, safe=""), f"postgresql://{ACCOUNT}:{quote(secret)}@h/d"):
            findings = Findings()
            findings.add("here", f"some {text} text")
            with pytest.raises(AssertionError, match=name):
                findings.assert_secret(at_least=1)


def test_a_server_that_is_well_gives_no_secret_away(given: Stack) -> None:
    found, product = Findings(), given.product(SECRETS)
    try:
        product.start()
        _until_served(product)
        _ask(product, found, "well")
        _tree(given, found)
        _instances(product, found)
    finally:
        product.clean_up()
    _left_behind(given, product, found)
    found.assert_secret(at_least=60)


def test_neither_does_one_whose_services_are_gone(given: Stack) -> None:
    found, product = Findings(), given.product(SECRETS)
    services = (given.mosquitto, given.postgres, given.kafka, given.zookeeper)
    try:
        product.start()
        _until_served(product)
        for service in services:
            service.kill()
        until(lambda: product.get("/readyz").status == 503, 60.0, what="it misses its store")
        until(lambda: "refused" in product.get("/readyz?verbose").text, 30.0, what="it says who refuses it")
        _ask(product, found, "gone")
    finally:
        product.clean_up()
        for service in services:
            service.start()
    _left_behind(given, product, found)
    found.assert_secret(at_least=50)


@pytest.mark.parametrize(
    ("wrong", "says"),
    # One after the other: who cannot read the catalog does not come to ask the broker.
    [
        ("postgres", "password authentication failed"),
        ("mosquitto", "authori"),
        ("zookeeper", '"ready":false'),
    ],
)
def test_neither_does_one_with_a_wrong_password(given: Stack, wrong: str, says: str) -> None:
    found, product = Findings(), given.product(SECRETS | {name: WRONG[name] for name in (wrong, "kafka")})
    try:
        server = product.launch()
        until(lambda: server.poll() is not None or _says(product, says), 90.0, what=f"it says {says}")
        try:
            if _says(product, says):
                _ask(product, found, wrong)
        except OSError:
            # One that gives up may do so between two questions; one that goes on has to answer each.
            assert _ends(server), product.said()[-2000:]
    finally:
        product.clean_up()
    _left_behind(given, product, found)
    found.assert_secret(at_least=3)


def test_neither_does_one_that_refuses_its_configuration(given: Stack) -> None:
    found, product = Findings(), given.product(SECRETS)
    config = Path(product.environment["SHARDWRIGHT_CONFIG"])
    right = yaml.safe_load(config.read_text())
    for name, wrong in _misspelt(right).items():
        write(wrong, config)
        _refused(product, name, found)
    for name, text in {
        "open quote": f'mqtt:\n  password: "{SECRETS["mosquitto"]}\n  port: 1\n',
        "tab": f"mqtt:\n\tpassword: {SECRETS['mosquitto']}\n",
        "brace": f"worker: {{key: {SECRETS['worker']}\n",
        "only": SECRETS["mosquitto"],
        "twice": f"mqtt: {{password: '{SECRETS['mosquitto']}', password: '{SECRETS['kafka']}'}}",
        "tag": f"mqtt: {{password: !secret '{SECRETS['mosquitto']}'}}",
    }.items():
        config.write_text(text)
        _refused(product, name, found)
    write(right, config)
    for variable, value in {
        "SHARDWRIGHT_MQTT__PASSWORD__X": SECRETS["mosquitto"],
        "SHARDWRIGHT_MQTT__PASWORD": SECRETS["mosquitto"],
        "SHARDWRIGHT_CATALOG__URL": f"nonsense {SECRETS['postgres']}",
        "SHARDWRIGHT_WORKER__KEY": SECRETS["worker"][:7],
        "SHARDWRIGHT_KAFKA": SECRETS["kafka"],
    }.items():
        product.environment[variable] = value
        _refused(product, variable, found)
        del product.environment[variable]
    found.assert_secret(at_least=40)


def _misspelt(right: dict[str, object]) -> dict[str, dict[str, object]]:
    """Configurations that are wrong in or next to a secret."""

    def changed(section: str, **keys: object) -> dict[str, object]:
        whole = json.loads(json.dumps(right))
        whole[section] |= keys
        return whole  # type: ignore[no-any-return]

    url = str(right["catalog"]["url"])  # type: ignore[index]
    keeper = right["store"]["zookeeper"]  # type: ignore[index]
    return {
        "a list": changed("mqtt", password=[SECRETS["mosquitto"]]),
        "a mapping": changed("mqtt", password={"value": SECRETS["mosquitto"]}),
        "a wrong name": changed("mqtt", pasword=SECRETS["mosquitto"]),
        "given twice": changed("kafka", password_file="/dev/null"),
        "not needed": changed("kafka", security="plaintext"),
        "a colon": changed("store", zookeeper={**keeper, "username": "a:b"}),
        "no driver": changed("catalog", url=url.replace("+psycopg", "+nothing")),
        "no scheme": changed("catalog", url=url.partition("//")[2]),
        "no port": changed("catalog", url=re.sub(r":\d+/", ":port/", url)),
        "not a database": changed("journal", url=url.replace("postgresql+psycopg", "oracle")),
        "a short key": changed("worker", key=SECRETS["worker"][:8]),
        "a key that is none": changed("worker", key=SECRETS["postgres"]),
    }


def _refused(product: Product, name: str, found: Findings) -> None:
    """What it says of a configuration, and whether it would start is not asked here."""
    for words in ("config check",):
        done = product.cli(*words.split())
        found.add(f"{name}: {words}", done.out + done.err)
    command = product.command("run")
    until(lambda: command.poll() is not None or _is_up(product), 60.0, what="it ends, or runs after all")
    command.terminate()
    out, err = command.communicate(timeout=60.0)
    found.add(f"{name}: run", out + err)


def _is_up(product: Product) -> bool:
    try:
        return product.get("/livez").status == 200
    except (OSError, ValueError, KeyError):
        return False


def _says(product: Product, words: str) -> bool:
    try:
        return words in product.get("/readyz?verbose").text.lower()
    except OSError:
        return False


def _ends(server: subprocess.Popen[bytes]) -> bool:
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _until_served(product: Product) -> None:
    until(lambda: product.kind("Thing")["verdict"] == "yes", 90.0, what="Thing is owned")


def _ask(product: Product, found: Findings, when: str) -> None:
    """Every route and what it refuses, every command, the page."""
    paths = product.get("/openapi.json").json["paths"]
    for path, item in paths.items():
        if path.endswith("/stream"):
            continue
        filled = re.sub(r"{(\w+)}", lambda name: NAMED[name[1]], path)
        for method in ("get", "post", "delete"):
            body = {} if method == "post" and "post" in item else None
            answer = product.call(method.upper(), filled, body)
            found.add(f"{when}: {method} {filled}", answer.text)
    for path in ("/", "/readyz?verbose", "/v1/api/kinds/Nothing", "/v1/api/events?limit=500", "/nothing"):
        found.add(f"{when}: get {path}", product.get(path).text)
    for words in COMMANDS:
        done = product.cli(*words.split(), timeout=120.0)
        found.add(f"{when}: {words}", done.out + done.err)


def _tree(given: Stack, found: Findings) -> None:
    """Every node of ZooKeeper: its name, what is in it, who may do what with it."""
    with operator(given.zookeeper.address, f"{ACCOUNT}:{SECRETS['zookeeper']}") as client:
        nodes = list(_nodes(client, "/iota"))
        assert len(nodes) > 10
        for path in nodes:
            data, _ = client.get(path)
            found.add(f"znode {path}", path.encode() + data + str(client.get_acls(path)[0]).encode())


def _nodes(client: KazooClient, path: str) -> Iterator[str]:
    yield path
    for name in client.get_children(path):
        yield from _nodes(client, f"{path}/{name}")


def _instances(product: Product, found: Findings) -> None:
    """What a worker is given, and what the machine shows of each process."""
    assert product.server is not None
    pids = inside(product.data)
    assert len(pids) >= 6
    for pid in pids:
        for file in ("cmdline", "environ"):
            found.add(f"process {pid}: {file}", Path(f"/proc/{pid}/{file}").read_bytes())
    found.add("server: cmdline", Path(f"/proc/{product.server.pid}/cmdline").read_bytes())


def _left_behind(given: Stack, product: Product, found: Findings) -> None:
    """The logs of all, the files of the data directory, the journal in its database."""
    for path in given.folder.rglob("*"):
        if path.is_relative_to(given.folder / "product") and path.is_file():
            found.add(f"file {path}", path.read_bytes())
    found.add("standard error", product.said())
    address = make_url(given.postgres.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()  # type: ignore[call-overload]
            found.add(f"table {table}", repr(rows))
