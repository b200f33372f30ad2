"""``shardwright user``: who may sign in with a password, and what each may do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import (
    ConfigOption,
    DryRunOption,
    ListOption,
    OutputOption,
    ServerOption,
    configured,
    connect,
)
from orchestrator.cli.printing import Output, columns, say, show, tried
from orchestrator.cli.secret import PasswordStdinOption, new_password
from orchestrator.cli.words import DASH, brief

if TYPE_CHECKING:
    from shardwright_client.answers import User

app = typer.Typer(help="Show, make, change or remove users.", no_args_is_help=True, rich_markup_mode=None)

USERS = ("v1", "api", "users")
UserArgument = Annotated[str, typer.Argument(metavar="USER", help="The name of the user.")]
GrantOption = Annotated[
    list[str],
    typer.Option(
        "--grant",
        metavar="ROLE[:KIND]",
        help="viewer, operator or admin, of every kind or of one (operator:Thing); as often as needed.",
    ),
]


@app.command("list")
def list_(server: ServerOption = None, output: ListOption = Output.TABLE) -> None:
    """Show all users and what each may do."""
    found: list[User] = connect(server).get(*USERS)["items"]
    show(output, found, _table(found, time.time()), [one["name"] for one in found])


@app.command()
def add(
    user: UserArgument,
    grant: GrantOption,
    password_stdin: PasswordStdinOption = False,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a user. Who may do nothing yet gets: --grant viewer."""
    password = new_password(user, from_stdin=password_stdin)
    wish = {"name": user, "password": password, "grants": grant}
    made: User = connect(server).post(*USERS, body=wish, dryRun=dry_run or None)
    show(output, made, tried(dry_run, [f"{user}  may: {_may(made)}"]))


@app.command("grant")
def grant_(
    user: UserArgument,
    grant: GrantOption,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say what a user may do, instead of all that it was. It holds from now on."""
    changed = _change(server, user, dry_run, grants=grant)
    show(output, changed, tried(dry_run, [f"{user}  may: {_may(changed)}"]))


@app.command()
def password(
    user: UserArgument, password_stdin: PasswordStdinOption = False, server: ServerOption = None
) -> None:
    """Give a user another password. Every browser that is signed in as this user is signed out."""
    _change(server, user, dry_run=False, password=new_password(user, from_stdin=password_stdin))
    say([f"{user}  has another password"])


@app.command()
def disable(user: UserArgument, dry_run: DryRunOption = False, server: ServerOption = None) -> None:
    """Let a user in no more, nor the tokens of the user."""
    _change(server, user, dry_run, disabled=True)
    say(tried(dry_run, [f"{user}  is let in no more"]))


@app.command()
def enable(user: UserArgument, dry_run: DryRunOption = False, server: ServerOption = None) -> None:
    """Let a user in again."""
    _change(server, user, dry_run, disabled=False)
    say(tried(dry_run, [f"{user}  is let in again"]))


@app.command()
def remove(user: UserArgument, dry_run: DryRunOption = False, server: ServerOption = None) -> None:
    """Remove a user with all tokens and sessions."""
    connect(server).delete(*USERS, user, dryRun=dry_run or None)
    say(tried(dry_run, [f"{user}  is removed"]))


@app.command()
def recover(config: ConfigOption = None) -> None:
    """On the server's own machine: let admin in again, who may do everything, with a new password."""
    from orchestrator.bootstrap.recovery import recovered_admin

    file = asyncio.run(recovered_admin(configured(config)))
    say([f"admin  may do everything, with the password in {file}: change it and remove the file"])


def _change(server: str | None, user: str, dry_run: bool, **wish: object) -> User:
    changed: User = connect(server).patch(*USERS, user, body=wish, dryRun=dry_run or None)
    return changed


def _table(found: Sequence[User], now: float) -> list[str]:
    rows = [
        [one["name"], "no" if one["disabled"] else "yes", brief(now - one["changedAt"]), _may(one)]
        for one in found
    ]
    return columns(["USER", "LET IN", "CHANGED", "MAY"], rows)


def _may(user: User) -> str:
    return ", ".join(user["grants"]) or DASH
