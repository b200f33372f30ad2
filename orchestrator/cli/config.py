"""``shardwright config check``: the configuration in force, and whether it can be used."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import typer

from orchestrator.cli.address import ConfigOption, OutputOption, config_path
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.printing import Output, columns, show
from orchestrator.errors import ConfigError

if TYPE_CHECKING:
    from orchestrator.settings import Settings

app = typer.Typer(help="Look into the configuration.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def config() -> None:
    """Look into the configuration."""


@app.command()
def check(config: ConfigOption = None, output: OutputOption = Output.TABLE) -> None:
    """Print every value in force with its source, secrets masked. Exits 1 when it cannot be used."""
    from orchestrator.settings import advice, file_faults, read

    path = config_path(config)
    settings, values = read(path, os.environ)
    tell(f"read {path}" if path else "no configuration file: defaults and environment")
    data = [{"key": value.key, "value": value.value, "source": value.source} for value in values]
    rows = [(value.key, _text(value.value), value.source) for value in values]
    show(output, data, columns(("KEY", "VALUE", "SOURCE"), rows))
    for sentence in advice(settings):
        tell(f"note: {sentence}")
    wrong = [*template_faults(settings), *file_faults(settings), *_start_faults(settings)]
    if wrong:
        raise Failure(Exit.FAILED, "the configuration cannot be used", "", wrong)


def template_faults(settings: Settings) -> list[str]:
    """What is wrong with the pod templates, a sentence each."""
    from orchestrator.runtime.template import validate

    faults: list[str] = []
    for name, kind in settings.kinds.items():
        try:
            text = kind.template_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            faults.append(f"kinds.{name}.template {kind.template} cannot be read: {exc}")
            continue
        faults += [
            f"kinds.{name}.template {kind.template}: {fault}"
            for fault in validate(text, allow_privileged=settings.runtime.allow_privileged)
        ]
    return faults


def _start_faults(settings: Settings) -> list[str]:
    """What a server refuses to start with; a kubeconfig that cannot be read is a fault of the files."""
    from orchestrator.settings import require_protected_links, require_shared_folder

    faults: list[str] = []
    for require in (require_protected_links, require_shared_folder):
        try:
            require(settings)
        except ConfigError as error:
            faults += str(error).splitlines()
    return faults


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
