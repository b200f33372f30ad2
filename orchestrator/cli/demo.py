"""``shardwright demo``: change the demo catalog as an application would, notifications included."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import ConfigOption, KindArgument, OutputOption, configured, running
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, show
from orchestrator.cli.words import number

if TYPE_CHECKING:
    from orchestrator.demo import DemoTarget
    from orchestrator.settings import Settings

app = typer.Typer(
    help="Change the resources of the demo catalog.", no_args_is_help=True, rich_markup_mode=None
)

HowMany = Annotated[int, typer.Argument(metavar="N", min=1, max=1_000_000, help="How many.")]


@app.command()
def add(
    kind: KindArgument, count: HowMany, config: ConfigOption = None, output: OutputOption = Output.TABLE
) -> None:
    """Create N resources and announce each."""
    from orchestrator import demo

    ids = demo.add(target(config), kind, count, progress=_progress)
    show(output, {"kind": kind, "created": ids}, [f"{kind}  {_some(ids, 'created')}"])


@app.command()
def remove(
    kind: KindArgument, count: HowMany, config: ConfigOption = None, output: OutputOption = Output.TABLE
) -> None:
    """Delete the newest N resources and announce each."""
    from orchestrator import demo

    ids = demo.remove(target(config), kind, count, progress=_progress)
    show(output, {"kind": kind, "deleted": ids}, [f"{kind}  {_some(ids, 'deleted')}"])


@app.command()
def churn(
    rate: Annotated[
        float, typer.Option("--rate", metavar="R", min=0.01, max=10_000, help="Changes a second.")
    ],
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", min=0.1, max=86_400, help="For how long.")
    ],
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same changes.")] = 1,
    config: ConfigOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Create, change and delete resources steadily. Exits 1 when messages were not delivered."""
    from orchestrator import demo

    report = demo.churn(target(config), rate, seconds, seed, progress=_progress)
    counts = {name: getattr(report, name) for name in ("added", "removed", "updated", "touched")}
    data = {**counts, "lateSeconds": report.late_s, "published": report.published, "waiting": report.waiting}
    said = "  ".join(f"{name} {number(count)}" for name, count in counts.items())
    late = f"late {report.late_s:.1f} s" if report.late_s >= 1 else "in time"
    show(
        output,
        data,
        [f"{said}  {late}", f"messages {number(report.published)}  waiting {number(report.waiting)}"],
    )
    raise typer.Exit(Exit.FAILED if report.waiting else Exit.OK)


def target(config: Path | None) -> DemoTarget:
    """The demo catalog and the broker of the server that runs. Raises Failure when it is not the demo's."""
    from notify.password import stored_password
    from orchestrator.bootstrap.mqtt import endpoint_of
    from orchestrator.demo import DemoTarget

    settings = configured(config)
    _require_demo(settings)
    endpoint = endpoint_of(settings.mqtt)
    if settings.mqtt.embedded:
        told = running(settings).get("mqtt") or {}
        endpoint = replace(
            endpoint,
            host=told.get("host") or endpoint.host,
            port=told.get("port") or endpoint.port,
            password=endpoint.password or stored_password(settings.data_dir),
        )
    return DemoTarget(catalog_url=settings.catalog_url, endpoint=endpoint)


def _require_demo(settings: Settings) -> None:
    from orchestrator.demo.database import is_ours

    title = "the catalog is not the demo's"
    if not settings.catalog.demo:
        raise Failure(Exit.REFUSED, title, "catalog.demo is false, so nothing is written")
    if settings.catalog.url is not None:
        if not is_ours(settings.catalog.url):
            detail = "catalog.url names a database that the demo did not fill, so nothing is written"
            raise Failure(Exit.REFUSED, title, detail)
    elif not Path(settings.catalog_url.removeprefix("sqlite:///")).is_file():
        title = "there is no demo catalog yet"
        raise Failure(Exit.UNAVAILABLE, title, f"{settings.data_dir} has none", ["start: shardwright run"])


def _some(ids: list[str], done: str) -> str:
    if not ids:
        return f"nothing {done}"
    span = ids[0] if len(ids) == 1 else f"{ids[0]} ... {ids[-1]}"
    return f"{number(len(ids))} {done}: {span}"


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{number(done)} of {number(total)}" + ("\n" if done >= total else ""))
        sys.stderr.flush()
    elif done >= total:
        tell(f"{number(done)} of {number(total)}")
