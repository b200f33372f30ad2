"""The table of the breaks, as the page on reliability has it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.mutation.mutation import Mutation, Result

HEADER = "| Left out | What breaks | Caught by | It says | After |\n|---|---|---|---|---|"


def line(mutation: Mutation, result: Result) -> str:
    found = result.caught
    says = "-" if found is None else next((text for text in mutation.says if text in found.rule), "-")
    caught = "NOTHING" if found is None else mutation.detector.name
    effort = "-" if found is None else found.effort
    return f"| {mutation.left_out} | {mutation.breaks} | {caught} | {says} | {effort} |"


def summary(results: Sequence[Result], seconds: float) -> str:
    caught = sum(not result.wrong for result in results)
    return f"{caught} of {len(results)} breaks are caught, in {seconds:.0f} s"
