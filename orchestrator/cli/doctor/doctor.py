"""``shardwright doctor``: try everything that a server needs, and say how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import typer

from orchestrator.cli.address import ConfigOption, OutputOption, configured, connect, running
from orchestrator.cli.doctor import checks, reach
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.engines import engine_probes
from orchestrator.cli.doctor.probing import Probe, together
from orchestrator.cli.failure import Exit
from orchestrator.cli.printing import Output, columns, show
from orchestrator.errors import ConfigError

WORDS = {True: "ok", False: "TROUBLE", None: "UNKNOWN"}


def doctor(config: ConfigOption = None, output: OutputOption = Output.TABLE) -> None:
    """Try everything that a server needs here. Exits 1 when something is wrong; a warning is not."""
    found = list(_findings(config))
    rows = [(_word(each), each.name, each.detail + _remedy(each)) for each in found]
    show(output, [asdict(each) for each in found], columns(("STATE", "WHAT", "FOUND"), rows))
    raise typer.Exit(Exit.FAILED if any(each.ok is False for each in found) else Exit.OK)


def _word(finding: Finding) -> str:
    return "WARNING" if finding.ok and finding.warns else WORDS[finding.ok]


def _remedy(finding: Finding) -> str:
    is_well = finding.ok and not finding.warns
    return "" if is_well or not finding.mend else f" -> {finding.mend}"


def _findings(config: ConfigOption) -> Iterator[Finding]:
    yield checks.python()
    try:
        settings = configured(config)
    except ConfigError as error:
        for fault in str(error).splitlines():
            yield Finding(name="configuration", ok=False, detail=fault, mend="shardwright config check")
        return
    yield Finding(name="configuration", ok=True, detail="can be used")
    unreadable = list(checks.files(settings))
    yield from unreadable
    if unreadable:
        return
    yield from checks.links(settings)
    yield from checks.parts(settings)
    yield checks.templates(settings)
    yield checks.data_folder(settings)
    is_held, holder = checks.holder(settings)
    yield holder
    # Only here: the database's library takes a quarter of a second to import.
    from orchestrator.cli.doctor.databases import database_probes, register_probes

    if is_held:
        url = str(running(settings).get("api") or settings.api_url)
        mend = "see the server's log"
        asked = Probe(name="server", ask=partial(reach.server, connect(url)), mend=mend)
        yield from together([asked, *engine_probes(settings), *register_probes(settings)])
        return
    yield from checks.ports(settings)
    probes = (*engine_probes(settings), *database_probes(settings), *register_probes(settings))
    yield from together(probes)
