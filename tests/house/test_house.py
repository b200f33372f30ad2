"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("orchestrator", "notify", "heartbeat", "api", "worker", "client")
MOST_LINES = 250
LONG_FILES: frozenset[str] = frozenset()
"""Files that may be longer; none."""

COMES_WITH = {
    "annotated_types": "pydantic",
    "pydantic_core": "pydantic",
    "urllib3": "kubernetes",
    "yarl": "aiohttp",
}
EXTRAS = ("embedded", "zookeeper", "kafka", "kubernetes", "postgresql", "mysql", "oidc", "tracing")

CLIENTS = {
    "aiohttp": ("api", "orchestrator/alerting/webhook.py", "orchestrator/bootstrap"),
    "alembic": ("orchestrator/store/migrations", "orchestrator/store/sql_migration.py"),
    "amqtt": ("notify/broker_amqtt.py",),
    "argon2": ("orchestrator/store/accounts_passwords.py",),
    "jwt": ("orchestrator/identity",),
    "kafka": ("heartbeat/kafka", "worker/src/shardwright_worker/kafka.py"),
    "kazoo": ("orchestrator/store/zookeeper",),
    "kubernetes": ("orchestrator/runtime/kubernetes",),
    "opentelemetry": ("orchestrator/tracing", "orchestrator/bootstrap/tracing.py"),
    "paho": ("notify",),
    "psutil": ("orchestrator/runtime",),
    "shardwright_client": ("client", "orchestrator/cli"),
    "shardwright_worker": ("worker",),
    "sqlalchemy": (
        "orchestrator/catalog",
        "orchestrator/store/accounts",
        "orchestrator/store/audit",
        "orchestrator/store/alert_book.py",
        "orchestrator/store/backup_",
        "orchestrator/store/idempotency.py",
        "orchestrator/store/journal",
        "orchestrator/store/migrations",
        "orchestrator/store/sql_",
        "orchestrator/demo",
        "notify/publisher",
    ),
}
"""Which files may import a client library: those whose path begins so."""


def modules(*packages: str) -> list[Path]:
    return sorted(
        path for package in packages for path in (ROOT / package).rglob("*.py") if "build" not in path.parts
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_the_core_imports_the_standard_library_and_itself_only() -> None:
    strange = [
        f"{name(path)} imports {module}"
        for path in modules("orchestrator/core")
        for module in imports(path)
        if module.partition(".")[0] not in sys.stdlib_module_names
        and not module.startswith("orchestrator.core")
    ]
    assert not strange


def test_the_core_does_not_wait() -> None:
    waiting = [
        f"{name(path)}:{node.lineno}"
        for path in modules("orchestrator/core")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    assert not waiting


@pytest.mark.parametrize("library", sorted(CLIENTS))
def test_a_client_library_is_imported_by_its_adapter_only(library: str) -> None:
    strange = [
        name(path)
        for path in modules(*PACKAGES)
        if any(module.partition(".")[0] == library for module in imports(path))
        and not name(path).startswith(CLIENTS[library])
    ]
    assert not strange


def test_every_library_that_is_imported_is_declared() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    wanted = "\n".join([setup["options"]["install_requires"], *(extras[each] for each in EXTRAS)])
    declared = {
        canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted.split("\n") if line.strip()
    }
    distributions = importlib.metadata.packages_distributions()
    missing = {
        f"{name(path)} imports {module}"
        for path in modules("orchestrator", "notify", "heartbeat", "api")
        for module in {each.partition(".")[0] for each in imports(path)}
        if module not in sys.stdlib_module_names
        and module not in ("orchestrator", "notify", "heartbeat", "api")
        if not declared
        & {canonical(each) for each in distributions.get(COMES_WITH.get(module, module), [module])}
    }
    assert not missing


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_no_file_is_longer_than_it_may_be() -> None:
    long = {
        name(path)
        for path in modules(*PACKAGES)
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert not long - LONG_FILES, "split them"
    assert not LONG_FILES - long, "take them off the list"


def test_no_file_is_named_for_nothing_in_particular() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|base_?class)(_|$)")
    assert not [name(path) for path in modules(*PACKAGES) if vague.search(path.stem)]


def test_nothing_is_left_to_do_later() -> None:
    # Written apart, so that this file does not find itself.
    mark = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    found = [
        f"{name(path)}:{number}"
        for path in modules(*PACKAGES, "tests", "bench")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert not found


def test_no_error_is_swallowed_in_silence() -> None:
    silent = []
    for path in modules(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            is_bare = node.type is None
            caught = ast.unparse(node.type) if node.type else ""
            is_silent = all(isinstance(step, ast.Pass) for step in node.body)
            if is_bare or (is_silent and re.search(r"\b(Base)?Exception\b", caught)):
                silent.append(f"{name(path)}:{node.lineno}")
    assert not silent


def test_no_cancellation_is_lost() -> None:
    # asyncio.wait_for of Python 3.11 returns the answer and forgets a cancellation that came with it:
    # asyncio.timeout does not (cpython issue 86296).
    waiting = [
        f"{name(path)}:{node.lineno}"
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.wait_for"
    ]
    assert not waiting


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name(path)
        for path in modules(*PACKAGES)
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_nothing_that_is_made_by_running_is_in_the_tree() -> None:
    ended = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT)
    if ended.returncode:
        pytest.skip("this is no git checkout")
    made = re.compile(r"(\.db|\.pyc|\.log|\.lock|\.pem|\.key)$|(^|/)(data|__pycache__|\.venv|artifacts)/")
    assert not [path for path in ended.stdout.splitlines() if made.search(path)]
