"""``shardwright record``: history as a file that can be replayed."""

from __future__ import annotations

import gzip
import os
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.known_kinds import known_kinds
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import clock, number

if TYPE_CHECKING:
    from shardwright_client import Client
    from shardwright_client.answers import Event

WRITTEN_WITHIN_S = 30.0
AGAIN_S = 0.2

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

app = typer.Typer(no_args_is_help=True, help="Write history into a file that can be replayed.")


@app.command()
def start(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Have a recording begin here.

    The whole kind is written into the journal, as it is now. That is not needed before `record export`, which
    begins at a place that the server wrote by itself.
    """
    taken = _checkpoint(connect(server), kind)
    show(output, taken, [f"{kind}  a recording can begin here: {taken['name']}, {number(taken['ids'])} ids"])


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    kind: Annotated[str, typer.Option("--kind", help="Of this kind.", autocompletion=known_kinds)] = "Thing",
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="AGE", help="How long ago at least, as 90m, 6h, 2d; else all there is."
        ),
    ] = None,
    server: ServerOption = None,
) -> None:
    """Write what a kind took in and decided into a file.

    It is for `shardwright replay`. The server records always, as far back as its journal reaches. A file is
    compressed JSON, a line each.
    """
    from orchestrator.replay.recording import write_recording

    begin = None if since is None else time.time() - _age(since)
    api = connect(server)
    end = _checkpoint(api, kind)["name"]
    first = _first(api, kind, begin)
    tell(f"{kind}  from {clock(first['at'], time.time())} on ...")
    lines = write_recording(kind, _entries(api, kind, first["sequence"] - 1, end))
    count = _write(file, lines)
    tell(f"{kind}  {number(count)} lines in {file}")


def _age(text: str) -> float:
    """Seconds. Raises BadParameter."""
    unit = UNITS.get(text[-1:])
    try:
        if unit is None or not float(text[:-1]) >= 0:
            raise ValueError(text)
        return float(text[:-1]) * unit
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no age such as 90m, 6h or 2d", param_hint="--since") from None


def _checkpoint(api: Client, kind: str) -> dict[str, Any]:
    taken: dict[str, Any] = api.post("v1", "api", "kinds", kind, "recording", "checkpoints")
    return taken


def _first(api: Client, kind: str, begin: float | None) -> Event:
    """The checkpoint to begin with: the last one before that time, else the oldest."""
    marks = api.events(kind=kind, verb="input-checkpoint", limit=500)
    if not marks:
        raise Failure(Exit.FAILED, f"nothing of {kind} is recorded yet", "its journal holds no checkpoint")
    earlier = [one for one in marks if begin is not None and one["at"] <= begin]
    return (earlier or marks[-1:])[0]


def _entries(api: Client, kind: str, after: int, end: str) -> Iterator[dict[str, Any]]:
    """Lines up to the checkpoint of that name, which may not be written yet."""
    from orchestrator.replay.recording import entry

    waits_until = time.monotonic() + WRITTEN_WITHIN_S
    has_begun = False
    while True:
        page = api.get("v1", "api", "kinds", kind, "recording", after=after)
        for item in page["items"]:
            after = item["sequence"]
            is_mark = item["verb"] == "input-checkpoint"
            # Payloads go before lines where they are many: what is left then begins later.
            has_begun = has_begun or (is_mark and item["payload"] is not None)
            if not has_begun:
                continue
            body = b"" if item["payload"] is None else b64decode(item["payload"])
            shown = ("at", "verb", "reason", "shard", "to", "count", "op")
            yield entry(**{name: item[name] for name in shown}, body=body)
            if is_mark and item["detail"] == end:
                return
        if not page["items"]:
            if time.monotonic() > waits_until:
                raise Failure(
                    Exit.UNAVAILABLE, "the journal is behind", f"{end} is not written yet; try again"
                )
            time.sleep(AGAIN_S)


def _write(path: Path, lines: Iterator[bytes]) -> int:
    count = 0
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
            for line in lines:
                file.write(line)
                count += 1
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritten(path, error) from error
        raise
    return count


def _unwritten(path: Path, error: OSError) -> Failure:
    is_there = isinstance(error, FileExistsError)
    why = "it is there already; name another file" if is_there else error.strerror or str(error)
    return Failure(Exit.FAILED, f"{path} cannot be written", why)
