"""Which server a command asks, and with which token: options beat the environment, which beats files."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from orchestrator.cli.contexts import Context, Contexts, read_contexts
from orchestrator.cli.failure import Exit, Failure, tell
from shardwright_client.address import Address

COMMAND_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server, and how to prove there who one is. ``context``: the one that it is of, if any."""

    address: Address
    token: str | None
    ca: str | None
    context: str = ""


def target(server: str | None) -> Target | None:
    """The server that is named: by --server, by --context, by the environment, or by the current context.

    None where nothing names one. Raises Failure and, for an address that is none, Misused.
    """
    contexts = read_contexts()
    if named := server or os.environ.get("SHARDWRIGHT_SERVER"):
        return at(named, contexts)
    name = os.environ.get("SHARDWRIGHT_CONTEXT") or contexts.current
    if not name:
        return None
    return _target(Address.of(contexts.named(name).server), contexts.named(name), name)


def at(url: str, contexts: Contexts | None = None) -> Target:
    """The server at this address. What a context holds goes to that very server, and nowhere else.

    Raises Misused.
    """
    address = Address.of(url)
    found = (contexts or read_contexts()).of_server(address.url)
    return _target(address, found, "")


def _target(address: Address, context: Context | None, name: str) -> Target:
    told = os.environ.get("SHARDWRIGHT_TOKEN")
    token = told or (token_of(context) if context else None)
    if token and not address.is_protected:
        tell(f"note: the token goes to {address.url} unprotected; use https")
    ca = os.environ.get("SHARDWRIGHT_CA") or (context.ca if context else None)
    return Target(address=address, token=token, ca=ca, context=name)


def token_of(context: Context) -> str | None:
    """The token of a context; one that a command gives is asked for now. Raises Failure."""
    if not context.token_command:
        return context.token
    command = context.token_command
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=COMMAND_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Failure(Exit.FAILED, f"{command[0]} gave no token", str(error)) from error
    if not (token := done.stdout.strip()):
        raise Failure(Exit.FAILED, f"{command[0]} gave no token", "it printed nothing")
    return token
