"""``make model``: search every world to its end, then each with a rule left out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.model.breaks import BREAKS
from tests.model.configurations import CONFIGURATIONS
from tests.model.gate import search_gate
from tests.model.lapse import search_leases
from tests.model.search import Verdict, search

LINE = "{:<12} {:>9} {:>11} {:>5} {:>6} {:>7}  {}"


def main(names: Sequence[str]) -> int:
    """``names``: of worlds, those alone are searched. 0 when all hold, and each rule is missed."""
    chosen = [each for each in CONFIGURATIONS if not names or each.name in names]
    print(LINE.format("world", "states", "transitions", "depth", "faults", "seconds", "verdict"), flush=True)
    verdicts = []
    for each in chosen:
        found = search(each)
        verdicts.append(found)
        print(_line(found, each.says), flush=True)
        if found.story:
            print("\n".join(found.story), flush=True)
    small = [("leases", *search_leases()), *((f"gate of {n}", *search_gate(n)) for n in range(1, 10))]
    for name, found_states, wrong in small if not names else ():
        print(LINE.format(name, found_states, "", "", "", "", wrong or "holds"), flush=True)
    states, transitions = sum(v.states for v in verdicts), sum(v.transitions for v in verdicts)
    seconds = sum(v.seconds for v in verdicts)
    print(LINE.format("all", states, transitions, "", "", f"{seconds:.0f}", ""), flush=True)
    wrong_ones = [wrong for *_, wrong in small if wrong]
    return int(bool(wrong_ones) or not all(found.holds for found in verdicts)) | (
        0 if names else _leave_out_rules()
    )


def _line(found: Verdict, says: str) -> str:
    verdict = "holds" if found.holds else found.wrong or "not searched to its end"
    return LINE.format(
        found.name,
        found.states,
        found.transitions,
        found.depth,
        found.faults,
        f"{found.seconds:.1f}",
        f"{verdict}: {says}",
    )


def _leave_out_rules() -> int:
    unmissed = 0
    for each in BREAKS:
        found = each.search()
        steps = len(found.story) - 1
        print(f"\nwithout the rule: {each.rule}\n{found.wrong or 'NOTHING breaks'} ({steps} steps)")
        print("\n".join(found.story), flush=True)
        unmissed += each.breaks not in found.wrong
    return int(unmissed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
