"""``shardwright resync``: compare everything now."""

from __future__ import annotations

from orchestrator.cli.address import DryRunOption, KindArgument, OutputOption, ServerOption, connect
from orchestrator.cli.failure import tell
from orchestrator.cli.printing import Output, show, tried


def resync(
    kind: KindArgument,
    dry_run: DryRunOption = False,
    server: ServerOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Compare catalog and store of a kind in full, now."""
    tell(f"comparing everything of {kind} ...")
    done = connect(server).resync(kind, dry_run=dry_run)
    show(output, done, tried(dry_run, [f"{kind}  compared in full"]))
