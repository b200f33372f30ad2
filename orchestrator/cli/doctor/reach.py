"""What ``doctor`` asks of others: the running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.failure import failure_of
from shardwright_client import ClientError, NotAllowed

if TYPE_CHECKING:
    from shardwright_client import Client


def server(address: Client) -> Iterator[Finding]:
    """What a running server says of itself and of what it leans on."""
    try:
        overview = address.overview()
    except NotAllowed:
        # It runs, and whoever looks after the machine need not have an account of it.
        detail = f"{address.url} answers; how it is it tells those only who may read everything"
        mend = "shardwright login, or a token of role viewer in SHARDWRIGHT_TOKEN"
        yield Finding(name="server", ok=None, detail=detail, mend=mend)
        return
    except ClientError as error:
        yield Finding(
            name="server", ok=False, detail=failure_of(error).lines()[0], mend="see the server's log"
        )
        return
    said = [address.url, f"version {overview['version']}"]
    said += [
        "leads" if overview["leader"] else "does not lead",
        "ready" if overview["ready"] else "not ready",
    ]
    yield Finding(name="server", ok=overview["ready"], detail=", ".join(said), mend="shardwright status")
    for each in overview["dependencies"]:
        effect = f"meanwhile: {each['effect']}"
        yield Finding(name=each["name"], ok=each["ok"], detail=each["detail"] or "answers", mend=effect)
