"""``shardwright version``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

from orchestrator.cli.address import OutputOption
from orchestrator.cli.printing import Output, show


def version(output: OutputOption = Output.TABLE) -> None:
    """Print the version of this program."""
    number = installed_version()
    show(output, {"version": number}, [f"shardwright {number}"])


def installed_version() -> str:
    """The version that is installed, or "unknown" when the product runs from a bare folder."""
    try:
        return version_of("shardwright")
    except PackageNotFoundError:
        return "unknown"
