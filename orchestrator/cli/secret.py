"""Passwords that a command is given: never as an argument, where others could see them."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def new_password(of: str, *, from_stdin: bool) -> str:
    """Asked for twice on a terminal, or one line of standard input. Raises BadParameter."""
    if from_stdin:
        found = sys.stdin.readline().rstrip("\r\n")
        if not found:
            raise typer.BadParameter("standard input does not hold the password")
        return found
    if not sys.stdin.isatty():
        raise typer.BadParameter("give --password-stdin, or call it from a terminal")
    first = getpass.getpass(f"New password of {of}: ", stream=sys.stderr)
    if first != getpass.getpass("The same again: ", stream=sys.stderr):
        raise typer.BadParameter("the two are not the same")
    return first
