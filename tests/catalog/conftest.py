"""Databases on real servers, a new one a test, and catalogs that are closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import pytest

from orchestrator.catalog.sqlalchemy import CatalogKind, SqlCatalog
from tests.services import mysql, postgres

OpenCatalog = Callable[..., SqlCatalog]


@pytest.fixture(params=[postgres, mysql], ids=["postgresql", "mysql"])
def service(request: pytest.FixtureRequest) -> ModuleType:
    """The module that has ``shared``, ``own`` and ``execute`` for one kind of server."""
    return request.param


@pytest.fixture
def url(service: ModuleType) -> str:
    return service.shared()


@pytest.fixture
async def open_catalog() -> AsyncIterator[OpenCatalog]:
    """A catalog of the kind Thing; what is no field of its kind is an option of the catalog."""
    opened: list[SqlCatalog] = []
    options = ("lookup_deadline_s", "listing_deadline_s", "threads")

    def open_one(url: str, table: str = "Thing", **fields: Any) -> SqlCatalog:
        given = {name: fields.pop(name) for name in options if name in fields}
        opened.append(SqlCatalog({"Thing": CatalogKind(url=url, table=table, **fields)}, **given))
        return opened[-1]

    yield open_one
    for catalog in opened:
        await catalog.close()
