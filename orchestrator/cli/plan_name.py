"""Which plan is meant: ``Thing 7``, ``Thing/7``, or ``p-7`` where one kind alone has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.known_numbers import known_plan_numbers, known_plans

if TYPE_CHECKING:
    from shardwright_client import Client

_PLAN = typer.Argument(
    metavar="KIND",
    help="A kind such as Thing; or a whole plan: Thing/7, p-7.",
    autocompletion=known_plans,
)
PlanArgument = Annotated[str, _PLAN]
SomePlanArgument = Annotated[str | None, _PLAN]
NumberArgument = Annotated[
    int | None,
    typer.Argument(
        metavar="N",
        help="The number of a plan of that kind.",
        min=1,
        autocompletion=known_plan_numbers,
    ),
]


def plan_named(api: Client, first: str, number: int | None) -> tuple[str, int]:
    """Its kind and number. Raises BadParameter."""
    if number is not None:
        return first, number
    if whole := split(first):
        return whole
    if not re.fullmatch(r"p-[1-9]\d{0,8}", first, re.ASCII):
        raise typer.BadParameter(
            f"{first!r} is no plan; name one: Thing 7, Thing/7 or p-7", param_hint="KIND N"
        )
    wanted = int(first[2:])
    found = [
        each["kind"] for each in api.kinds() if any(one["plan"] == wanted for one in api.plans(each["kind"]))
    ]
    if len(found) == 1:
        return found[0], wanted
    which = " or ".join(f"{kind}/{wanted}" for kind in found)
    said = f"{first} can be {which}; name one" if found else f"no kind has a plan {first}"
    raise typer.BadParameter(said, param_hint="KIND N")


def split(text: str) -> tuple[str, int] | None:
    """``Thing/7`` in its parts; None for anything else."""
    named = re.fullmatch(r"([A-Za-z][A-Za-z0-9_.-]*)/([1-9]\d{0,8})", text, re.ASCII)
    return (named[1], int(named[2])) if named else None
