"""``shardwright token``: API tokens, for programs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import DryRunOption, ListOption, ServerOption, connect
from orchestrator.cli.failure import tell
from orchestrator.cli.printing import Output, columns, say, show, tried
from orchestrator.cli.words import DASH, brief

if TYPE_CHECKING:
    from shardwright_client.answers import Token

app = typer.Typer(help="Show, make or revoke API tokens.", no_args_is_help=True, rich_markup_mode=None)

DAY = 86400.0


@app.command("list")
def list_(
    of_all: Annotated[bool, typer.Option("--all", help="Those of all users; for admins.")] = False,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
) -> None:
    """Show your API tokens, those that count no more included for a month."""
    found = connect(server).tokens(of_all=of_all)
    show(output, found, _table(found, time.time()), [one["id"] for one in found])


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as ci.")],
    grant: Annotated[
        list[str] | None,
        typer.Option(
            "--grant",
            metavar="ROLE[:KIND]",
            help="What it may do, such as viewer or operator:Thing; else all that you may.",
        ),
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", min=0.001, help="For how long it is valid; else 90.")
    ] = None,
    server: ServerOption = None,
    output: ListOption = Output.TABLE,
) -> None:
    """Make an API token and print its secret, which is shown this once."""
    made = connect(server).make_token(name, grants=grant, expires_in=None if days is None else days * DAY)
    if output.is_for_people:
        lasts = brief(made["expiresAt"] - time.time())
        tell(f"{made['id']}  may: {', '.join(made['grants'])}; valid for {lasts}")
    show(output, made, [made["token"]], [made["token"]])


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The id of the token, from `token list`.")],
    dry_run: DryRunOption = False,
    server: ServerOption = None,
) -> None:
    """Revoke a token, those that were made with it, and the sessions that it began."""
    connect(server).revoke_token(token, dry_run=dry_run)
    say(tried(dry_run, [f"{token}  is revoked"]))


def _table(found: Sequence[Token], now: float) -> list[str]:
    header = ["ID", "NAME", "OWNER", "COUNTS", "LEFT", "USED", "MAY"]
    return columns(header, [_row(one, now) for one in found])


def _row(token: Token, now: float) -> list[str]:
    left = token["expiresAt"] - now
    counts = token["revokedAt"] is None and left > 0
    return [
        token["id"],
        token["name"],
        token["owner"],
        "yes" if counts else "no",
        brief(left) if counts else DASH,
        DASH if token["lastUsedAt"] is None else brief(now - token["lastUsedAt"]),
        ", ".join(token["grants"]) or DASH,
    ]
