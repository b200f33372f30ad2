"""``shardwright replay``: recorded history run again, against other settings."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli.address import OutputOption
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import duration, number

if TYPE_CHECKING:
    from orchestrator.replay.recording import Recording
    from orchestrator.replay.run import Replayed

GZIP = b"\x1f\x8b"

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A key of the kind's settings; may be repeated."),
]
AgainstOption = Annotated[
    list[str] | None,
    typer.Option(
        "--against", metavar="KEY=VALUE,…", help="One more run, in a column of its own; on top of --set."
    ),
]


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Written by `shardwright record export`.")],
    set_: SetOption = None,
    against: AgainstOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Run recorded history again and score it: as it was, and with other settings.

    What people, the catalog and the weather did stays as it was recorded; what the orchestrator decides and
    how instances answer is worked out anew. No server is asked. The same file and settings give the same
    answer.
    """
    from orchestrator.cli.replay_settings import policy_of, variants

    wanted = variants(set_ or [], against or [])
    recording = _read(file)
    for doubt in recording.doubts:
        tell(doubt)
    recorded, _ = policy_of(recording, {})
    policies = [(name, *policy_of(recording, changed)) for name, changed in wanted]
    from orchestrator.cli.replay_table import lines
    from orchestrator.replay.run import as_recorded
    from orchestrator.replay.run import replay as run

    runs: list[tuple[str, Replayed]] = [("recorded", as_recorded(recording, recorded))]
    runs += [(name, run(recording, policy, sizes)) for name, policy, sizes in policies]
    at_first = recording.start.view(recorded).count()
    header = [
        f"{recording.kind}  {duration(recording.until - recording.since)} of history, "
        f"{number(len(recording.inputs))} inputs, {number(at_first)} ids at first",
        *verdict(runs[0][1]),
        "",
    ]
    show(output, _document(recording, runs), [*header, *lines(runs, recorded.dimensions)])


def _read(path: Path) -> Recording:
    from orchestrator.replay.recording import NotARecording, read_recording

    try:
        with path.open("rb") as file:
            head = file.read(2)
            file.seek(0)
            return read_recording(_unzipped(file) if head == GZIP else file)
    except NotARecording as error:
        raise Failure(Exit.FAILED, f"{path} cannot be replayed", str(error)) from error
    except OSError as error:
        raise Failure(Exit.FAILED, f"{path} cannot be read", error.strerror or str(error)) from error


def _unzipped(file: Any) -> Iterator[bytes]:
    """Lines as far as the file goes; one that is cut off or damaged ends early."""
    with gzip.GzipFile(fileobj=file, mode="rb") as lines:
        try:
            yield from lines
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return


def verdict(recorded: Replayed) -> list[str]:
    """Whether the run as recorded is what was recorded, a line each."""
    found = recorded.differences
    if found is None:
        return ["the recording has no end to compare the run with"]
    if found.adopted:
        return [
            f"run as recorded, it went astray, and was set right at checkpoints: {number(found.adopted)}",
            "so the figures below, `recorded` too, are not what was",
        ]
    if not found.elsewhere:
        return [f"run as recorded, all {number(found.ids)} ids end where the recording has them"]
    examples = ", ".join(f"{i} on {new} instead of {old}" for i, old, new in found.examples)
    return [
        f"run as recorded, {number(found.elsewhere)} of {number(found.ids)} ids end elsewhere: {examples}"
    ]


def _document(recording: Recording, runs: list[tuple[str, Replayed]]) -> dict[str, Any]:
    return {
        "kind": recording.kind,
        "since": recording.since,
        "until": recording.until,
        "inputs": len(recording.inputs),
        "doubts": list(recording.doubts),
        "runs": [
            {
                "name": name,
                "score": asdict(run.score),
                "differences": None if run.differences is None else asdict(run.differences),
            }
            for name, run in runs
        ],
    }
