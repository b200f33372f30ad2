"""``shardwright context``: several servers by name, and which of them is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from orchestrator.cli.address import ListOption, OutputOption
from orchestrator.cli.contexts import Context, read_contexts
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH
from shardwright_client.address import Address

app = typer.Typer(
    help="Name servers, and choose which one is asked.", no_args_is_help=True, rich_markup_mode=None
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name of a context.")]


@app.command("list")
def list_(output: ListOption = Output.TABLE) -> None:
    """List the contexts; the current one has a star. Tokens are not shown."""
    contexts = read_contexts()
    found = [
        {
            "name": name,
            "current": name == contexts.current,
            "server": each.server,
            "signIn": "command" if each.token_command else "token" if each.token else "",
            "ca": each.ca or "",
        }
        for name, each in contexts.known.items()
    ]
    rows = [
        (
            "*" if one["current"] else "",
            *(str(one[key]) or DASH for key in ("name", "server", "signIn", "ca")),
        )
        for one in found
    ]
    lines = columns(("", "NAME", "SERVER", "SIGN-IN", "CA"), rows)
    show(output, found, lines if rows else ["no contexts"], list(contexts.known))


@app.command("set")
def set_(
    name: NameArgument,
    server: Annotated[str | None, typer.Option("--server", metavar="URL", help="Where it is.")] = None,
    ca: Annotated[
        str | None, typer.Option("--ca", metavar="FILE", help="Authorities (PEM) to trust; empty: none.")
    ] = None,
    token_command: Annotated[
        list[str] | None,
        typer.Option(
            "--token-command",
            metavar="WORD",
            help="A command that prints the token; repeat it for each of its words.",
        ),
    ] = None,
    use_it: Annotated[bool, typer.Option("--use", help="Make it the current one.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make or change a context. What is left out stays. A token comes by `shardwright login`."""
    contexts = read_contexts()
    known = contexts.known.get(name)
    if known is None and server is None:
        raise typer.BadParameter(f"{name} is new: say where it is", param_hint="--server")
    address = Address.of(server).url if server is not None else known.server if known else ""
    context = known or Context(server=address)
    if known is not None and address != known.server:
        # A token is for the server that gave it.
        context = replace(context, server=address, token=None)
    if ca is not None:
        context = replace(context, ca=ca or None)
    if token_command is not None:
        context = replace(context, token_command=tuple(word for word in token_command if word), token=None)
    changed = contexts.holding(name, context)
    (replace(changed, current=name) if use_it else changed).write()
    show(output, {"name": name, **_shown(context)}, [f"{name}  {context.server}"])


@app.command()
def use(name: NameArgument) -> None:
    """Have this context be asked where none is named."""
    contexts = read_contexts()
    context = contexts.named(name)
    replace(contexts, current=name).write()
    show(Output.TABLE, None, [f"{name}  {context.server}"])


@app.command()
def delete(name: NameArgument) -> None:
    """Forget a context. A token in it is not revoked: `shardwright logout` does that."""
    contexts = read_contexts()
    contexts.named(name)
    contexts.without(name).write()
    show(Output.TABLE, None, [f"{name}  is forgotten"])


@app.command()
def current(output: OutputOption = Output.TABLE) -> None:
    """Tell which context is the current one. Exits 1 when there is none."""
    contexts = read_contexts()
    if not contexts.current:
        raise Failure(Exit.FAILED, "no context is the current one", "", ["shardwright context use NAME"])
    context = contexts.named(contexts.current)
    show(
        output,
        {"name": contexts.current, **_shown(context)},
        [f"{contexts.current}  {context.server}"],
    )


def _shown(context: Context) -> dict[str, object]:
    return {name: value for name, value in context.words().items() if name != "token"}
