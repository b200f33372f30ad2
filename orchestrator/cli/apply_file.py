"""``shardwright apply -f`` and ``diff -f``: have kinds be as a file says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.bar import Bar
from orchestrator.cli.compare import Compared, Step, compare
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.orchestrate import lines as orchestration_lines
from orchestrator.cli.printing import Output, columns, show
from orchestrator.cli.words import DASH, number
from shardwright_client import ClientError, Refused

if TYPE_CHECKING:
    from shardwright_client import Client

FileOption = Annotated[
    Path | None,
    typer.Option("-f", "--file", metavar="FILE", help="How kinds are to be (YAML); - is standard input."),
]
PruneOption = Annotated[
    bool, typer.Option("--prune", help="With -f: remove pins and bounds that the file leaves out.")
]

LEFT_OUT = (
    "NOTE      counted as {kind} stands now, without the labels, bounds and pins above: what it follows then "
    "may move more, or less"
)


def refuse_beside_file(*others: object) -> None:
    """Raises BadParameter where something is given that is about a plan or a kind."""
    if any(each not in (None, False) for each in others):
        raise typer.BadParameter("the file alone says what is wanted; nothing else goes with it but --prune")


def named_without_file(name: str | None, prune: bool) -> str:
    """What is named instead of a file. Raises BadParameter."""
    if name is None or prune:
        raise typer.BadParameter("name a kind or a plan, or a file with -f; --prune goes with -f")
    return name


def differences_from(api: Client, file: Path, prune: bool) -> Compared:
    """What of the kinds is not as the file wants it. Raises ConfigError, Failure."""
    # Building the models takes as long as all else that a command imports.
    from orchestrator.settings.wanted import read_wanted

    return compare(api, read_wanted(_path(file)), prune=prune)


def show_differences(compared: Compared, output: Output, *, last: str = "") -> None:
    """As a table or as data; what the file leaves out, and what has to wait, on standard error.

    ``last``: a line below the table.
    """
    found = compared.differences
    names = [f"{one.kind} {one.what}" for one in found]
    show(output, [asdict(one) for one in found], _lines(compared, last), names)
    tell(*(f"KEPT   {kept}: not in the file; --prune removes it" for kept in compared.kept))
    tell(*(f"WAITS  {missing}; apply the file again when it has" for missing in compared.missing))


def apply_file(api: Client, file: Path, *, prune: bool, dry_run: bool, output: Output) -> None:
    """Each write is judged by the server before the first is carried out. Raises Failure, Exit."""
    compared = differences_from(api, file, prune)
    remarks, refused = _judged(compared.steps)
    if dry_run or refused or not compared.steps:
        show_differences(compared, output, last=_last(compared.steps, dry_run))
        if output.is_for_people:
            tell(*remarks)
        if refused:
            raise Failure(Exit.REFUSED, "refused; nothing was done", "", refused)
        raise typer.Exit(Exit.FAILED if compared.missing and not dry_run else Exit.OK)
    said = _carried_out(compared.steps)
    show_differences(compared, output, last="done")
    if output.is_for_people:
        tell(*said, *_next(compared.steps))
    raise typer.Exit(Exit.FAILED if compared.missing else Exit.OK)


def _judged(steps: list[Step]) -> tuple[list[str], list[str]]:
    """What the server says it would do, and what it refuses."""
    remarks: list[str] = []
    refused: list[str] = []
    for place, step in enumerate(steps):
        try:
            would = step.do(dry_run=True)
        except Refused as error:
            refused.append(f"{step}: {error}")
            continue
        if step.orchestrates:
            remarks += orchestration_lines(step.kind, would)
            # Nothing is carried out in between, so the server knows of none of them.
            if any(one.kind == step.kind for one in steps[:place]):
                remarks.append(LEFT_OUT.format(kind=step.kind))
    return remarks, refused


def _carried_out(steps: list[Step]) -> list[str]:
    """Raises Failure with how far it came."""
    said: list[str] = []
    with Bar("apply") as bar:
        for done, step in enumerate(steps):
            bar.tell(f"{number(len(steps))} changes", done, len(steps))
            try:
                answer = step.do(dry_run=False)
            except ClientError as error:
                far = [f"done: {each}" for each in steps[:done]]
                far += [f"NOT DONE: {each}" for each in steps[done:]]
                code = Exit.REFUSED if isinstance(error, Refused) else Exit.UNAVAILABLE
                raise Failure(code, f"{step}", str(error), far) from error
            if step.orchestrates:
                said += orchestration_lines(step.kind, answer)
    return said


def _next(steps: list[Step]) -> Iterator[str]:
    orchestrated = {step.kind for step in steps if step.orchestrates}
    for kind in dict.fromkeys(step.kind for step in steps if step.kind not in orchestrated):
        yield f"what stands elsewhere moves with the next orchestration: shardwright plan {kind}"


def _lines(compared: Compared, last: str) -> Iterator[str]:
    rows = [(one.kind, one.what, _shown(one.now), _shown(one.then)) for one in compared.differences]
    if rows:
        yield from columns(("KIND", "WHAT", "NOW", "THEN"), rows)
    else:
        yield "nothing would change"
    if last:
        yield last


def _last(steps: list[Step], dry_run: bool) -> str:
    return "not done: this is a dry run" if steps and dry_run else ""


def _shown(value: str | int | None) -> str:
    return DASH if value is None else number(value) if isinstance(value, int) else value


def _path(file: Path) -> Path:
    return Path("/dev/stdin") if os.fspath(file) == "-" else file
