"""The command line. Data goes to standard output, everything else to standard error.

Exit codes: 0 ok; 1 differs, unhealthy or failed; 2 usage; 3 refused; 4 unavailable or a stale
answer; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import PurePath


def main() -> None:
    """The entry point: run the command that the arguments name and exit with its code."""
    from orchestrator.cli.app import command
    from orchestrator.cli.failure import Exit, Failure, failure_of, tell, tell_bug
    from orchestrator.errors import ShardwrightError, Unavailable
    from shardwright_client import ClientError

    sys.excepthook = tell_bug
    try:
        command()(prog_name=program())
    except (Failure, ClientError) as error:
        failure = failure_of(error) if isinstance(error, ClientError) else error
        tell(*failure.lines())
        sys.exit(failure.code)
    except ShardwrightError as error:
        tell(*str(error).splitlines())
        sys.exit(Exit.UNAVAILABLE if isinstance(error, Unavailable) else Exit.FAILED)
    except BrokenPipeError:
        # Whoever read our output has enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.FAILED)


def program() -> str:
    """What the help calls this program: kubectl finds it by another name."""
    is_plugin = PurePath(sys.argv[0]).name.startswith("kubectl-")
    return "kubectl shardwright" if is_plugin else "shardwright"
