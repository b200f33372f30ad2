"""``shardwright database``: the versions of the tables in SQL, and the way from one to another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import ConfigOption, DryRunOption, OutputOption, configured
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import Output, columns, say, show
from orchestrator.cli.words import DASH
from orchestrator.errors import Permanent, Unavailable

if TYPE_CHECKING:
    from orchestrator.bootstrap.tables import Versioned

app = typer.Typer(
    help="Look at the versions of the tables in SQL, or change them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
ToOption = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="PART=VERSION", help="As audit=1.1; repeatable. All to this program's."),
]


@app.command()
def versions(config: ConfigOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show which version the tables of each part have, and which this program makes."""
    from orchestrator.bootstrap.tables import table_versions

    settings = configured(config)
    found = _done(lambda: table_versions(settings))
    data = [{"part": one.name, "version": one.found, "newest": one.wanted} for one in found]
    rows = [(one.name, one.found or DASH, one.wanted) for one in found]
    show(output, data, columns(("PART", "VERSION", "NEWEST"), rows), [one.name for one in found])


@app.command()
def migrate(to: ToOption = None, dry_run: DryRunOption = False, config: ConfigOption = None) -> None:
    """Carry tables to another version; back to an older one before an older program is started.

    A server carries its tables on by itself when it starts. A step back gives up what only the newer
    version holds: take a backup before.
    """
    from orchestrator.bootstrap.tables import migrate_tables, table_versions

    settings = configured(config)
    wanted = dict(_wish(each) for each in to or ())
    if not wanted:
        wanted = {one.name: one.wanted for one in _done(lambda: table_versions(settings)) if one.found}
    changed = _done(lambda: migrate_tables(settings, wanted, dry_run=dry_run))
    verb = "would go" if dry_run else "went"
    say(f"{one.name} {verb} from {one.found} to {one.wanted}" for one in changed)
    if not changed:
        say(["nothing to change"])


def _wish(text: str) -> tuple[str, str]:
    part, is_given, version = text.partition("=")
    if not (part and is_given and version):
        raise Failure(Exit.USAGE, "--to is not PART=VERSION", f"{text!r}; as audit=1.1")
    return part, version


def _done(work: Callable[[], Coroutine[Any, Any, list[Versioned]]]) -> list[Versioned]:
    try:
        return asyncio.run(work())
    except Unavailable as error:
        raise Failure(Exit.UNAVAILABLE, "the tables cannot be reached", str(error)) from error
    except Permanent as error:
        raise Failure(Exit.FAILED, "the tables cannot be changed so", str(error)) from error
