"""``shardwright login`` and ``logout``: a token for this machine, and its end."""

from __future__ import annotations

import getpass
import socket
import sys
from dataclasses import replace
from typing import Annotated

import typer

from orchestrator.cli.address import ServerOption, reached
from orchestrator.cli.contexts import Context, read_contexts
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import say
from orchestrator.cli.words import duration
from shardwright_client import Client, NotAllowed, NotFound

DAYS = 90


def login(
    name: Annotated[
        str | None, typer.Option("--name", metavar="USER", help="Who signs in; else it asks.")
    ] = None,
    context: Annotated[
        str | None,
        typer.Option("--as", metavar="CONTEXT", help="The context to keep the token in; else of the server."),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read a token that was made elsewhere.")
    ] = False,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="For how long the token is to be valid.")
    ] = DAYS,
    server: ServerOption = None,
) -> None:
    """Sign in: get a token with your rights and keep it in a context, which is the current one from then on.

    Neither password nor token can be given as an argument, where others could see them.
    """
    target = reached(server)
    url, ca = target.address.url, target.ca
    if not target.address.is_protected:
        raise Failure(Exit.REFUSED, f"{url} is not protected", "a password or token would go there in plain")
    asking = Client(url, ca=ca, agent="shardwright-cli")
    standing = asking.session()
    if standing["mode"] == "open":
        raise Failure(Exit.FAILED, f"{url} is open", "nobody signs in there")
    if token_stdin:
        token = _line("the token")
        who = Client(url, token=token, ca=ca, agent="shardwright-cli").session()["name"]
        if who is None:
            raise Failure(Exit.REFUSED, "the token is not valid, or not any more")
    else:
        user = name or _asked("Name: ")
        password = _line("the password") if password_stdin else _secret(f"Password of {user}: ")
        try:
            made = asking.sign_in(
                user, password, token_name=f"cli {socket.gethostname()}"[:64], expires_in=days * 86400.0
            )
        except NotAllowed as error:
            raise Failure(Exit.REFUSED, error.title, error.detail, error.reasons) from error
        token, who = made["token"], user
    contexts = read_contexts()
    kept = context or target.context or contexts.current_for(url) or target.address.short
    before = contexts.known.get(kept)
    if before is not None and before.server.rstrip("/") != url:
        raise Failure(Exit.USAGE, f"{kept} is the context of {before.server}", "name another one with --as")
    now = Context(server=url, token=token, ca=ca) if before is None else before
    replace(contexts.holding(kept, replace(now, token=token, token_command=())), current=kept).write()
    lasts = "" if token_stdin else f" for {duration(days * 86400.0)}"
    say([f"{kept}  {who} is signed in at {url}{lasts}"])


def logout(server: ServerOption = None) -> None:
    """Revoke the token of the context, and forget it. The context stays."""
    target = reached(server)
    contexts = read_contexts()
    name = target.context or contexts.current_for(target.address.url)
    token = contexts.known[name].token if name in contexts.known else None
    if not name or token is None:
        raise Failure(Exit.FAILED, f"no token for {target.address.url} is kept here")
    try:
        _revoke(Client(target.address.url, token=token, ca=target.ca, agent="shardwright-cli"), token)
    except (NotAllowed, NotFound) as error:
        tell(f"note: the server does not know the token any more ({error})")
    contexts.holding(name, replace(contexts.known[name], token=None)).write()
    say([f"{name}  nobody is signed in at {target.address.url}"])


def _revoke(api: Client, token: str) -> None:
    parts = token.split("_")
    if len(parts) == 3 and parts[0] == "swt":
        api.revoke_token(parts[1])
    else:
        tell("note: the token is none of this server's own; it is forgotten here, and stays valid")


def _asked(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter("give --name, or call it from a terminal", param_hint="--name")
    return str(typer.prompt(prompt.rstrip(": "), err=True))


def _secret(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter("give --password-stdin, or call it from a terminal")
    return getpass.getpass(prompt, stream=sys.stderr)


def _line(what: str) -> str:
    found = sys.stdin.readline().rstrip("\r\n")
    if not found:
        raise typer.BadParameter(f"standard input does not hold {what}")
    return found
