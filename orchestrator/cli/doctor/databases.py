"""What ``doctor`` asks of the databases: catalogs, journal, audit trail and accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from orchestrator.catalog.soundness import doubts, require_answer
from orchestrator.catalog.sqlalchemy import CatalogKind, SqlCatalog
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import Probe
from orchestrator.errors import ConfigError, Unavailable
from orchestrator.settings import Settings, masked


def database_probes(settings: Settings) -> Iterator[Probe]:
    """One for each kind's catalog, and one for a journal that is not a file of ours."""
    for name in settings.kinds:
        mend = f"start the database, or correct catalog.url and kinds.{name}"
        yield Probe(name=f"catalog {name}", ask=partial(_catalog, settings, name), mend=mend)
    if settings.journal.url is not None and not settings.journal.url.startswith("sqlite"):
        mend = "start the database, or correct journal.url"
        yield Probe(name="journal", ask=partial(_answer, "journal", settings.journal.url), mend=mend)


def register_probes(settings: Settings) -> Iterator[Probe]:
    """One for each database that is no file of ours and holds the audit trail, the accounts or both."""
    named: dict[str, list[str]] = {}
    named.setdefault(settings.audit_url, []).append("audit trail")
    if settings.access.mode == "accounts":
        named.setdefault(settings.access_url, []).append("accounts")
    for url, what in named.items():
        if not url.startswith("sqlite"):
            name, keys = " and ".join(what), "audit.url, access.url or journal.url"
            mend = f"start the database, or correct {keys}: nobody is let in and nothing changed without it"
            yield Probe(name=name, ask=partial(_answer, name, url), mend=mend)


def _catalog(settings: Settings, name: str) -> Iterator[Finding]:
    """Whether the kind's catalog can be read, as the server would read it, and what is doubtful about it."""
    kind, url = settings.kinds[name], settings.kind_catalog_url(name)
    where = f"{masked(url)} table {kind.table}"
    file = Path(url.removeprefix("sqlite:///"))
    if settings.fills_demo_catalog and url == settings.catalog_url and not file.exists():
        yield Finding(name=f"catalog {name}", ok=True, detail=f"{where} (filled at the first start)")
        return
    source = CatalogKind(
        url=url,
        table=kind.table,
        id_column=kind.id_column,
        weights=kind.weight_columns,
        labels=kind.label_columns,
        filter=kind.filter,
    )

    async def fault() -> str | None:
        catalog = SqlCatalog({name: source}, threads=1)
        try:
            return await catalog.check(name)
        finally:
            await catalog.close()

    try:
        wrong = asyncio.run(fault())
    except ConfigError as error:
        wrong = str(error)
    if wrong is not None:
        raise Unavailable(f"{where}: {masked(wrong)}")
    yield Finding(name=f"catalog {name}", ok=True, detail=f"{where} answers")
    for doubt in doubts(source):
        yield Finding(name=f"catalog {name}", ok=True, detail=doubt, warns=True)


def _answer(name: str, url: str) -> Iterator[Finding]:
    try:
        require_answer(url)
    except (ConfigError, Unavailable) as error:
        raise Unavailable(f"{masked(url)}: {masked(str(error))}") from error
    yield Finding(name=name, ok=True, detail=f"{masked(url)} answers")
