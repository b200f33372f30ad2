"""Servers for the tests: each with a data directory of its own, and nothing of it left afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.product.product import Product

NewProduct = Callable[..., Product]


@pytest.fixture
def new_product(tmp_path: Path) -> Iterator[NewProduct]:
    """Makes installations that are not started yet; fails when any leaves a process or a traceback."""
    made: list[Product] = []

    def make(environment: Mapping[str, str] | None = None) -> Product:
        folder = tmp_path / f"product-{len(made)}"
        folder.mkdir()
        made.append(Product(folder, environment))
        return made[-1]

    yield make
    _end(made)


@pytest.fixture
def product(new_product: NewProduct) -> Product:
    """A server of the demo that was started for the first time, with all its resources owned."""
    fresh = new_product()
    fresh.start()
    fresh.settle()
    return fresh


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A server that all tests of a file use and none may harm."""
    server = Product(tmp_path_factory.mktemp("shared"))
    try:
        server.start()
        server.settle()
        yield server
    finally:
        _end([server])


def _end(made: list[Product]) -> None:
    left = {str(one.data): one.clean_up() for one in made}
    assert not any(left.values()), f"processes were left over: {left}"
    for one in made:
        assert "Traceback" not in one.said(), one.said()[-4000:]
