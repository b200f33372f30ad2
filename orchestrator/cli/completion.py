"""``shardwright completion``: what makes a shell complete the commands."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Of which shell.")]) -> None:
    """Print what a shell runs to complete the commands.

    For this session: `eval "$(shardwright completion bash)"`. For good: into ~/.bashrc, or
    `shardwright completion fish > ~/.config/fish/completions/shardwright.fish`.
    """
    from typer._completion_shared import get_completion_script

    script = get_completion_script(
        prog_name="shardwright", complete_var="_SHARDWRIGHT_COMPLETE", shell=shell.value
    )
    sys.stdout.write(f"{script}\n")
