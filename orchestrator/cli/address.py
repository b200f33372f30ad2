"""Which server a command speaks to, and with which configuration."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import Output

if TYPE_CHECKING:
    from orchestrator.cli.client import Server
    from orchestrator.settings import Settings

ServerOption = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="The server, else $SHARDWRIGHT_SERVER or the local one."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print the answer.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The file, else $SHARDWRIGHT_CONFIG or ./config.yaml."),
]
KindArgument = Annotated[str, typer.Argument(metavar="KIND", help="A kind of resources, such as Thing.")]

ShardArgument = Annotated[str, typer.Argument(metavar="KIND/SHARD", help="A shard, such as Thing/17.")]


def shard_of(text: str) -> tuple[str, str]:
    """Kind and number. Raises BadParameter."""
    named = re.fullmatch(r"([A-Za-z][A-Za-z0-9_.-]*)/(\d{1,9})", text)
    if not named:
        raise typer.BadParameter(f"{text!r} is not a shard such as Thing/17", param_hint="KIND/SHARD")
    return named[1], named[2]


def connect(server: str | None) -> Server:
    """The server to ask. Raises Failure when none is known, ConfigError."""
    from orchestrator.cli.client import Server

    named = server or os.environ.get("SHARDWRIGHT_SERVER")
    if named:
        return Server(_web_address(named))
    settings = configured(None)
    url = running(settings).get("api") or settings.api_url
    if not url:
        raise Failure(Exit.UNAVAILABLE, "no server is known to run", f"{settings.server_file} names none")
    return Server(_web_address(str(url)))


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


def _web_address(text: str) -> str:
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not text.isprintable() or " " in text:
        raise typer.BadParameter(f"{text!r} is not an address such as http://127.0.0.1:8080")
    return url
