"""Which server a command speaks to, and with which configuration."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.known_kinds import known_kinds
from orchestrator.cli.known_numbers import known_shard_numbers, known_shards
from orchestrator.cli.printing import Output

if TYPE_CHECKING:
    from orchestrator.cli.target import Target
    from orchestrator.settings import Settings
    from shardwright_client import Client

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="URL", help="The server; else that of the context, or the one that runs here."
    ),
]


def _has_names(output: Output) -> Output:
    if output is Output.NAME:
        allowed = ", ".join(each for each in Output if each is not Output.NAME)
        raise typer.BadParameter(f"there are no names to print; allowed: {allowed}")
    return output


OutputOption = Annotated[
    Output,
    typer.Option("--output", "-o", metavar="FORM", help="table, wide, json or yaml.", callback=_has_names),
]
ListOption = Annotated[
    Output, typer.Option("--output", "-o", metavar="FORM", help="table, wide, json, yaml or name.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only tell what would be done; the server changes nothing.")
]
UiOption = Annotated[
    bool, typer.Option("--ui", help="Only print the address of the page of it in the console.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The file, else $SHARDWRIGHT_CONFIG or ./config.yaml."),
]
KindArgument = Annotated[
    str,
    typer.Argument(metavar="KIND", help="A kind of resources, such as Thing.", autocompletion=known_kinds),
]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="Only of this kind.", autocompletion=known_kinds)
]

ShardArgument = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help="A kind such as Thing; or a whole shard: Thing/17.",
        autocompletion=known_shards,
    ),
]
ShardNumberArgument = Annotated[
    int | None,
    typer.Argument(
        metavar="SHARD",
        help="The number of a shard of that kind.",
        min=0,
        autocompletion=known_shard_numbers,
    ),
]


def shard_of(text: str, number: int | None) -> tuple[str, int]:
    """Kind and number of ``Thing/17`` or of ``Thing 17``. Raises BadParameter."""
    named = re.fullmatch(r"([A-Za-z][A-Za-z0-9_.-]*)(?:/(\d{1,9}))?", text, re.ASCII)
    if not named or (named[2] is None) is (number is None):
        given = text if number is None else f"{text} {number}"
        raise typer.BadParameter(
            f"{given!r} is not a shard such as Thing/17 or Thing 17", param_hint="KIND SHARD"
        )
    return named[1], int(named[2]) if number is None else number


def connect(server: str | None, *, patient: bool = True) -> Client:
    """The server to ask. Raises Failure when none is known, ConfigError.

    ``patient``: what is safe is tried once more where the answer was lost; else whoever calls does that.
    """
    from shardwright_client import NO_RETRY, Client, Retry

    found = reached(server)
    return Client(
        found.address.url,
        token=found.token,
        ca=found.ca,
        retry=Retry(attempts=2) if patient else NO_RETRY,
        agent="shardwright-cli",
    )


def reached(server: str | None) -> Target:
    """The server that is named, else that of this configuration. Raises Failure, ConfigError, Misused."""
    from orchestrator.cli.target import at, target

    if named := target(server):
        return named
    settings = configured(None)
    url = running(settings).get("api") or settings.api_url
    if not url:
        raise Failure(Exit.UNAVAILABLE, "no server is known to run", f"{settings.server_file} names none")
    return at(str(url))


def config_path(named: Path | None) -> Path | None:
    """The configuration to read: the one named, the environment's, the working directory's, or none."""
    if named is not None:
        return named
    if told := os.environ.get("SHARDWRIGHT_CONFIG"):
        return Path(told)
    usual = Path("config.yaml")
    return usual if usual.is_file() else None


def configured(named: Path | None, options: dict[str, Any] | None = None) -> Settings:
    """The configuration in force. Raises ConfigError."""
    # Building the models takes as long as all else that a command imports.
    from orchestrator.settings import load

    return load(config_path(named), os.environ, options)


def running(settings: Settings) -> dict[str, Any]:
    """What the running server wrote of itself; empty when there is none or it is unreadable."""
    try:
        written = json.loads(settings.server_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise Failure(Exit.FAILED, f"{settings.server_file} cannot be read", str(exc)) from exc
    return written if isinstance(written, dict) else {}
