"""One person, two installations: a command goes to the one that is named; a name that is none is said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.product.conftest import NewProduct
from tests.product.product import Product
from tests.product.server import SHARDWRIGHT, Outcome

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Person = Callable[..., Outcome]


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Types commands in a folder with no configuration, with a file of contexts of their own."""
    home = tmp_path / "person"
    home.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SHARDWRIGHT_")}
    told = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "configuration"), "NO_COLOR": "1"}

    def types(*words: str, **more: str) -> Outcome:
        done = subprocess.run(
            [SHARDWRIGHT, *words],
            cwd=home,
            env={**own, **told, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return types


@pytest.fixture
def two(new_product: NewProduct) -> tuple[Product, Product]:
    """The second is made for shards of another size, by which the two are told apart."""
    first = new_product()
    second = new_product({"SHARDWRIGHT_KINDS__THING__RESOURCE_PER_INSTANCE": "500"})
    for one in (first, second):
        one.start()
    for one in (first, second):
        one.settle()
    return first, second


def test_each_command_goes_to_the_cluster_of_its_context(
    person: Person, two: tuple[Product, Product]
) -> None:
    first, second = two
    here = {"east": first, "west": second}
    for name, product in here.items():
        assert person("context", "set", name, "--server", product.url).code == 0
    assert person("context", "use", "east").code == 0
    sizes = {name: product.kind("Thing")["resourcePerInstance"] for name, product in here.items()}
    assert sizes["east"] != sizes["west"]

    for name in here:
        shown = person("--context", name, "describe", "kind", "Thing", "-o", "json")
        assert (shown.code, shown.json["resourcePerInstance"]) == (0, sizes[name]), shown
        told = person("get", "kinds", "-o", "name", SHARDWRIGHT_CONTEXT=name)
        assert told.code == 0, told

    # What is changed in one is changed there alone.
    assert person("--context", "west", "pause", "Thing").code == 0
    paused = {name: product.kind("Thing")["paused"] for name, product in here.items()}
    assert paused == {"east": False, "west": True}
    assert person("pause", "Rule").code == 0
    assert (first.kind("Rule")["paused"], second.kind("Rule")["paused"]) == (True, False)
    assert person("--context", "west", "resume", "Thing").code == 0
    assert person("resume", "Rule").code == 0

    # One cluster away is one cluster away.
    assert second.stop() == 0
    assert person("--context", "west", "status").code == 4
    assert person("status").code == 0


def test_a_context_that_is_none_is_named_and_nothing_is_asked(
    person: Person, two: tuple[Product, Product]
) -> None:
    first, second = two
    person("context", "set", "east", "--server", first.url, "--use")
    person("context", "set", "west", "--server", second.url)
    for done in (
        person("--context", "wst", "pause", "Thing"),
        person("pause", "Thing", SHARDWRIGHT_CONTEXT="wst"),
        person("context", "use", "wst"),
    ):
        assert (done.code, done.out) == (2, ""), done
        assert "'wst' is no context" in done.err
        assert "known: east, west" in done.err
    assert not first.kind("Thing")["paused"]
    assert not second.kind("Thing")["paused"]
    both = person("--context", "east", "--server", second.url, "status")
    assert (both.code, both.out) == (2, "")
    assert person("context", "current").out.startswith("east")
    for product in two:
        asked = product.get("/metrics").text
        assert 'shardwright_effects_total{effect="start",result="started",runtime="process"}' in asked
