"""Plans from the command line: computed, shown, applied, paused, cancelled, taken back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cli_double import problem

from api.shapes.plan import describe, summary
from orchestrator.core.plans.proposal import HandOff, Limit, Peak, Proposal, Sizes, Spread, Stays, Tally
from orchestrator.engine.answers.plans import PlanStatus

PLANS = "/v1/api/kinds/Thing/plans"
PROPOSAL = Proposal(
    number=7,
    made_at=1_700_000_000.0,
    actor="api 127.0.0.1",
    note="more room",
    count=2000,
    standing=2000,
    new=5,
    before=Sizes(shards=10, max_instances=100, resource_per_instance=5000),
    after=Sizes(shards=14, max_instances=100, resource_per_instance=150),
    created=(10, 11, 12, 13),
    moves=570,
    pairs=((0, 10, 143), (1, 11, 427)),
    spread_before=(Spread(dimension="count", least=200, mean=200.0, most=200),),
    spread_after=(Spread(dimension="count", least=142, mean=142.857, most=143),),
    peaks=(Peak(shard=10, load=(143,), capacity=(150,)), Peak(shard=1, load=(200,), capacity=(150,))),
    hand_off=HandOff(seconds=12.0, each=2.0, at_once=100, basis="measured", samples=40),
    limits=(Limit(code="move-budget", sentence="At most 100 ids move at once: it takes 6 rounds."),),
    cost=570,
)
PLAN = PlanStatus(
    kind="Thing",
    proposal=PROPOSAL,
    stage="proposed",
    expires_at=4_000_000_000.0,
    tally=Tally(waiting=570),
)


def wire(status: PlanStatus = PLAN, **changed: Any) -> Any:
    return json.loads(describe(replace(status, **changed)).model_dump_json(by_alias=True))


def under_way(stage: str, **tally: int) -> Any:
    return wire(stage=stage, tally=Tally(**tally))


@pytest.mark.parametrize("words", [("plan", "Thing"), ("plan", "make", "Thing")])
def test_a_plan_is_computed_and_shown_with_all_that_speaks_for_or_against_it(
    api: Any, shardwright: Any, words: tuple[str, ...]
) -> None:
    api.answers[PLANS] = wire()
    given = ("--resource-per-instance", "150", "--note", "more room", "--server", api.url)
    ended = shardwright(*words, *given)
    assert (ended.code, ended.err) == (0, "")
    assert api.asked == [("POST", PLANS, {"resourcePerInstance": 150, "note": "more room"})]
    lines = ended.out.splitlines()
    assert lines[0] == "Thing plan 7  PROPOSED"
    assert lines[1].endswith("by api 127.0.0.1: more room")
    assert lines[3:] == [
        "SHARDS    10 -> 14  of at most 100, 5,000 -> 150 ids each",
        "CREATED   10, 11, 12, 13",
        "MOVES     570  new 5  cost 570  about 12 s (40 hand-offs seen)",
        "MOVE      1 -> 11  427",
        "MOVE      0 -> 10  143",
        "BALANCE   count  200..200 (mean 200.0, 1.000) -> 142..143 (mean 142.9, 1.001)",
        "PEAK      shard 1 holds up to 200 of 150 on the way; shards over their size: 1",
        "LIMIT     move-budget: At most 100 ids move at once: it takes 6 rounds.",
        "PROGRESS  proposed: 0 done, 0 moving, 570 waiting, 0 failed, 0 dropped",
        "apply: shardwright apply Thing 7",
    ]


def test_a_plan_that_would_change_something_exits_1_where_that_is_asked_for(
    api: Any, shardwright: Any
) -> None:
    given = ("plan", "Thing", "--exit-code", "--server", api.url)
    api.answers[PLANS] = wire()
    assert shardwright(*given).code == 1
    idle = replace(PROPOSAL, moves=0, new=0, created=(), before=PROPOSAL.after)
    api.answers[PLANS] = wire(proposal=idle)
    assert shardwright(*given).code == 0


def test_a_plan_is_shown_as_json_and_its_moves_from_all_pages(api: Any, shardwright: Any) -> None:
    api.answers[f"{PLANS}/7"] = wire()
    api.answers[f"{PLANS}/7/moves"] = {"items": [{"id": "t1", "from": 0, "to": 10}], "next": None}
    given = ("plan", "show", "Thing", "7", "--server", api.url)
    assert json.loads(shardwright(*given, "-o", "json").out)["plan"] == 7
    assert shardwright(*given, "--moves").out.splitlines() == ["ID  FROM  TO", "t1  0     10"]
    assert api.asked[-1][1] == f"{PLANS}/7/moves?limit=1000"


def test_plans_are_listed_as_a_table(api: Any, shardwright: Any) -> None:
    back = replace(PLAN, proposal=replace(PROPOSAL, number=8, undoes=7, note=""), stage="done")
    items = [json.loads(summary(one).model_dump_json(by_alias=True)) for one in (back, PLAN)]
    api.answers[PLANS] = {"items": items}
    lines = shardwright("get", "plans", "Thing", "--server", api.url).out.splitlines()
    assert lines[0].split() == [
        "PLAN",
        "STAGE",
        "AGE",
        "SHARDS",
        "MOVES",
        "DONE",
        "LEFT",
        "OUT",
        "BY",
        "NOTE",
    ]
    assert lines[1].startswith("8     done")
    assert lines[1].endswith("undoes 7")
    assert lines[2].endswith("more room")


def test_a_plan_is_applied_by_its_number(api: Any, shardwright: Any) -> None:
    api.answers[f"{PLANS}/7/apply"] = under_way("applied", done=3, moving=2, waiting=565)
    ended = shardwright("apply", "Thing", "7", "--server", api.url)
    assert ended.out == "PROGRESS  applied: 3 done, 2 moving, 565 waiting, 0 failed, 0 dropped\n"
    assert api.asked == [("POST", f"{PLANS}/7/apply", {})]
    assert shardwright("apply", "Thing", "seven", "--server", api.url).code == 2
    assert shardwright("apply", "Thing", "0", "--server", api.url).code == 2


@pytest.mark.parametrize(("tally", "code"), [({"done": 570}, 0), ({"done": 569, "dropped": 1}, 1)])
def test_a_plan_is_watched_to_its_end(api: Any, shardwright: Any, tally: dict[str, int], code: int) -> None:
    api.answers[f"{PLANS}/7/apply"] = under_way("applied", waiting=570)
    api.answers[f"{PLANS}/7"] = under_way("done", **tally)
    ended = shardwright("apply", "Thing", "7", "--watch", "--server", api.url)
    assert ended.code == code
    assert ended.out.startswith("PROGRESS  done: ")
    assert ended.err == "PROGRESS  applied: 0 done, 0 moving, 570 waiting, 0 failed, 0 dropped\n"


def test_a_plan_that_changes_nothing_says_so(api: Any, shardwright: Any) -> None:
    sizes = wire()["sizes"]["after"]
    api.answers[PLANS] = {
        **wire(),
        "moves": 0,
        "new": 0,
        "movesByPair": [],
        "created": [],
        "sizes": {"before": sizes, "after": sizes},
    }
    ended = shardwright("plan", "Thing", "--server", api.url)
    assert ended.out.splitlines()[-1] == "nothing to change"


def test_a_long_note_does_not_widen_the_list(api: Any, shardwright: Any) -> None:
    told = replace(PLAN, proposal=replace(PROPOSAL, note="x" * 400))
    api.answers[PLANS] = {"items": [json.loads(summary(told).model_dump_json(by_alias=True))]}
    lines = shardwright("get", "plans", "Thing", "--server", api.url).out.splitlines()
    assert lines[1].endswith("  " + "x" * 27 + "...")


def test_a_stale_plan_is_refused_with_what_has_changed(api: Any, shardwright: Any) -> None:
    said = ("Since then shards were added: 3.", "Since then plan 6 was applied.")
    api.answers[f"{PLANS}/7/apply"] = problem(409, "Thing has changed since plan 7 was computed", *said)
    ended = shardwright("apply", "Thing", "7", "--server", api.url)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines()[1:] == [f"  - {each}" for each in said]


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_a_plan_under_way_is_acted_on(api: Any, shardwright: Any, verb: str) -> None:
    api.answers[f"{PLANS}/7/{verb}"] = under_way("paused", done=3, waiting=567)
    ended = shardwright(verb, "Thing", "7", "--server", api.url)
    assert ended.out.startswith("PROGRESS  paused: 3 done")
    assert ("shardwright undo Thing 7" in ended.out) is (verb == "cancel")


def test_a_whole_kind_is_paused_and_resumed(api: Any, shardwright: Any) -> None:
    for verb, said in (("pause", "is paused"), ("resume", "goes on")):
        api.answers[f"/v1/api/kinds/Thing/{verb}"] = {"kind": "Thing", "paused": verb == "pause"}
        assert shardwright(verb, "Thing", "--server", api.url).out == f"Thing  {said}\n"


def test_undo_shows_the_way_back_and_applies_it_only_when_told_to(api: Any, shardwright: Any) -> None:
    stays = Stays(reason="deleted", sentence="Deleted since; there is nothing to take back.", count=2)
    back = replace(
        PLAN, proposal=replace(PROPOSAL, number=8, undoes=7, stays=(stays,), remarks=("Plan 9 came after.",))
    )
    api.answers[f"{PLANS}/7/undo"] = wire(back)
    api.answers[f"{PLANS}/8/apply"] = wire(back, stage="applied")
    given = ("undo", "Thing", "7", "--server", api.url)
    ended = shardwright(*given)
    assert "Thing plan 8  PROPOSED  the way back from plan 7" in ended.out
    assert "STAYS     2 deleted: Deleted since; there is nothing to take back." in ended.out
    assert "NOTE      Plan 9 came after." in ended.out
    assert [path for _, path, _ in api.asked] == [f"{PLANS}/7/undo"]
    done = shardwright(*given, "--apply", "--note", "too slow")
    assert done.out.startswith("PROGRESS  applied")
    assert api.asked[1:] == [
        ("POST", f"{PLANS}/7/undo", {"note": "too slow"}),
        ("POST", f"{PLANS}/8/apply", {}),
    ]


def test_an_orchestration_that_must_be_named_says_how(api: Any, shardwright: Any) -> None:
    reasons = ("To look at it: shardwright plan show Thing 12", "To carry it out: shardwright apply Thing 12")
    api.answers["/v1/api/orchestrations/Thing/orchestrate"] = problem(409, "many would move", *reasons)
    ended = shardwright("orchestrate", "Thing", "--server", api.url)
    assert ended.code == 3
    assert ended.err.splitlines()[1:] == [f"  - {each}" for each in reasons]
