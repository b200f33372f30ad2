"""What ``doctor`` asks of others: the running server, or the catalogs that it would read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.cli.checks import Finding
from orchestrator.cli.failure import Failure
from orchestrator.errors import ConfigError

if TYPE_CHECKING:
    from orchestrator.cli.client import Server
    from orchestrator.settings import KindSettings, Settings


def server(address: Server) -> Iterator[Finding]:
    """What a running server says of itself and of what it leans on."""
    try:
        overview = address.get("v1", "api", "overview")
    except Failure as failure:
        yield Finding(name="server", ok=False, detail=failure.lines()[0], mend="see the server's log")
        return
    said = [address.url, f"version {overview['version']}"]
    said += [
        "leads" if overview["leader"] else "does not lead",
        "ready" if overview["ready"] else "not ready",
    ]
    yield Finding(name="server", ok=overview["ready"], detail=", ".join(said), mend="shardwright status")
    for each in overview["dependencies"]:
        effect = f"meanwhile: {each['effect']}"
        yield Finding(name=each["name"], ok=each["ok"], detail=each["detail"] or "answers", mend=effect)


def catalogs(settings: Settings) -> Iterator[Finding]:
    """Whether each kind's catalog can be read, as the server would read it."""
    # Only here: the database's library takes a quarter of a second to import.
    from orchestrator.catalog.sqlalchemy import CatalogKind, SqlCatalog
    from orchestrator.settings import masked

    async def fault(name: str, kind: KindSettings, url: str) -> str | None:
        source = CatalogKind(
            url=url,
            table=kind.table,
            id_column=kind.id_column,
            weights=kind.weight_columns,
            filter=kind.filter,
        )
        catalog = SqlCatalog({name: source}, threads=1)
        try:
            return await catalog.check(name)
        finally:
            await catalog.close()

    for name, kind in settings.kinds.items():
        url = settings.kind_catalog_url(name)
        where = f"{masked(url)} table {kind.table}"
        file = Path(url.removeprefix("sqlite:///"))
        if settings.fills_demo_catalog and url == settings.catalog_url and not file.exists():
            yield Finding(name=f"catalog {name}", ok=True, detail=f"{where} (filled at the first start)")
            continue
        try:
            wrong = asyncio.run(fault(name, kind, url))
        except ConfigError as error:
            wrong = str(error)
        mend = f"start the database, or correct catalog.url and kinds.{name}"
        detail = f"{where}: {masked(wrong)}" if wrong else f"{where} answers"
        yield Finding(name=f"catalog {name}", ok=wrong is None, detail=detail, mend=mend)
