"""``shardwright doctor``: try everything that a server needs, and say how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import typer

from orchestrator.cli import checks, reach
from orchestrator.cli.address import ConfigOption, OutputOption, configured, running
from orchestrator.cli.checks import Finding
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, columns, show
from orchestrator.errors import ConfigError

WORDS = {True: "ok", False: "TROUBLE", None: "UNKNOWN"}


def doctor(config: ConfigOption = None, output: OutputOption = Output.TABLE) -> None:
    """Try everything that a server needs here. Exits 1 when something is wrong."""
    found = list(_findings(config))
    rows = [
        (WORDS[each.ok], each.name, each.detail + ("" if each.ok or not each.mend else f" -> {each.mend}"))
        for each in found
    ]
    show(output, [asdict(each) for each in found], columns(("STATE", "WHAT", "FOUND"), rows))
    raise typer.Exit(Exit.FAILED if any(each.ok is False for each in found) else Exit.OK)


def _findings(config: ConfigOption) -> Iterator[Finding]:
    yield checks.python()
    try:
        settings = configured(config)
        settings.mqtt.given_password()
    except ConfigError as error:
        for fault in str(error).splitlines():
            yield Finding(name="configuration", ok=False, detail=fault, mend="shardwright config check")
        return
    yield Finding(name="configuration", ok=True, detail="can be used")
    yield from checks.parts(settings)
    yield checks.templates(settings)
    yield checks.data_folder(settings)
    is_held, holder = checks.holder(settings)
    yield holder
    if is_held:
        from orchestrator.cli.client import Server

        yield from reach.server(Server(str(running(settings).get("api") or settings.api_url)))
        return
    yield from checks.ports(settings)
    if not settings.mqtt.embedded:
        yield checks.broker(settings)
    yield from reach.catalogs(settings)
