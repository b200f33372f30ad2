"""``shardwright audit``: who changed what, and whether that record is whole."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli.address import ConfigOption, KindOption, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import clock, number

app = typer.Typer(help="Who changed what, and who was refused.", no_args_is_help=True, rich_markup_mode=None)
PAGE = 500

FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Lines that `audit export` wrote, - is the input."),
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="The database that the configuration names; no server is asked.")
]


@app.command("list")
def list_(
    actor: Annotated[str | None, typer.Option("--actor", help="Only what they asked.")] = None,
    kind: KindOption = None,
    target: Annotated[str | None, typer.Option("--target", help="Only what was done to this.")] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", help="done, shown, refused, failed or unknown.")
    ] = None,
    request: Annotated[str | None, typer.Option("--request", help="Only the request of this id.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="The newest so many.")] = 50,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the audit trail, oldest first."""
    asked = {"actor": actor, "kind": kind, "target": target, "outcome": outcome, "request": request}
    found = connect(server).get("v1", "api", "audit", limit=limit, **asked)["items"][::-1]
    show(output, found, [line(one, time.time()) for one in found])


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option("--head", metavar="HASH", help="The hash of a line that it once ended with.")
    ] = None,
    file: FileOption = None,
    local: LocalOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Check that no line of the audit trail was changed, removed or added afterwards.

    Exit code 1 names the first line that does not fit. That the end was cut off shows only by a head that was
    kept elsewhere: this command prints it, and the server logs it each hour.
    """
    from orchestrator.core.audit_check import Check, is_hash
    from orchestrator.core.audit_trail import Head

    if head is not None and not is_hash(head):
        raise typer.BadParameter(f"{head[:80]!r} is not a hash: 64 of 0 to 9 and a to f", param_hint="--head")
    check, said = Check(head), None
    for one in _lines(file, local, server, config):
        if "sequence" not in one and "head" in one:
            said = Head(**one["head"])
        elif check.take(one) is not None:
            break
    misfit = check.ended(said)
    end = check.head
    if misfit is not None:
        raise Failure(
            Exit.FAILED,
            f"the audit trail does not fit at line {misfit.sequence}",
            misfit.why,
            [f"{number(end.sequence)} lines before it fit; the last has the hash {end.hash}"],
        )
    data = {"lines": end.sequence, "head": end.hash}
    show(output, data, [f"{number(end.sequence)} lines fit; head {end.hash}"])


@app.command()
def export(
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="A file that is not there yet; else printed.")
    ] = None,
    local: LocalOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the whole audit trail, a line of JSON each, for `audit verify --file` and for other programs."""
    texts = (
        json.dumps(one, separators=(",", ":")) + "\n"
        for one in _lines(None, local, server, config)
        if "sequence" in one
    )
    if to is None:
        sys.stdout.writelines(texts)
        return
    try:
        with to.open("x", encoding="ascii") as out:
            out.writelines(texts)
    except OSError as error:
        raise Failure(Exit.FAILED, "the export cannot be written", str(error)) from error


def line(one: Mapping[str, Any], now: float) -> str:
    """One line for people: when, who, what, and how it ended."""
    who = one["actor"] or "nobody"
    said = [clock(one["at"], now), f"{who}@{one['remote']}", one["method"], one["route"]]
    said += [part for part in (one["kind"], one["target"]) if part]
    if one["before"] is not None or one["after"] is not None:
        said.append(f"{_brief(one['before'])} -> {_brief(one['after'])}")
    said.append(one["outcome"] if one["status"] is None else f"{one['outcome']} {one['status']}")
    if one["count"] > 1:
        said.append(f"({number(one['count'])} alike)")
    if one["detail"]:
        said.append(json.dumps(one["detail"], ensure_ascii=False))
    return " ".join(said)


def _brief(value: object) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(
    file: Path | None, local: bool, server: str | None, config: Path | None
) -> Iterator[Mapping[str, Any]]:
    """Oldest first; one without a sequence holds the ``head`` that the trail itself keeps."""
    if sum((file is not None, local, server is not None)) > 1:
        raise typer.BadParameter("only one of --file, --local and --server says where the trail is")
    if file is not None:
        return _from_file(file)
    if local:
        from orchestrator.cli.audit_local import local_lines

        return local_lines(config)
    return _from_server(server)


def _from_server(server: str | None) -> Iterator[Mapping[str, Any]]:
    api, after, empty = connect(server), 0, 0
    while True:
        page = api.get("v1", "api", "audit", after=after, limit=PAGE)
        yield from page["items"]
        after = page["items"][-1]["sequence"] if page["items"] else after
        empty = 0 if page["items"] else empty + 1
        # A line may have come between the page and the head: it is in the next page, or there is none.
        if page["head"]["sequence"] <= after or empty > 1:
            yield {"head": page["head"]}
            return


def _from_file(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        if str(file) == "-":
            yield from _decoded(sys.stdin)
            return
        with file.open(encoding="utf-8") as lines:
            yield from _decoded(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(Exit.FAILED, f"{file} cannot be read", str(error)) from error


def _decoded(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for place, text in enumerate(lines, 1):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Failure(Exit.FAILED, f"line {place} is not JSON", str(error)) from error
        # What is no line must not pass for nothing.
        yield found if isinstance(found, dict) and "sequence" in found else {"sequence": None}
