"""``shardwright resync``: compare everything now."""

from __future__ import annotations

from orchestrator.cli.address import KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import tell
from orchestrator.cli.printing import Output, show


def resync(kind: KindArgument, server: ServerOption = None, output: OutputOption = Output.TABLE) -> None:
    """Compare catalog and store of a kind in full, now."""
    tell(f"comparing everything of {kind} ...")
    done = connect(server).post("v1", "api", "kinds", kind, "resync")
    show(output, done, [f"{kind}  compared in full"])
