"""What every audit trail does: one chain, whoever appends, that shows what was done to it."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from orchestrator.core.audit_check import Check, Misfit
from orchestrator.core.audit_trail import GENESIS, AuditLine, Head, Outcome, document
from orchestrator.errors import Permanent
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.audit import SqlAuditTrail
from tests.contract.audits import Open, audit_url, line, open_trail

__all__ = ["audit_url", "open_trail"]

STRANGE = ("nul\0inside", "lone \ud800 surrogate", "<script>", "设备", "\u202eright to left", "x" * 10_000)


async def whole(trail: SqlAuditTrail) -> list[AuditLine]:
    found: list[AuditLine] = []
    while page := await trail.read(AuditFilter(after=found[-1].sequence if found else 0, limit=200)):
        found += page
    return found


async def checked(trail: SqlAuditTrail, head: str | None = None) -> Misfit | None:
    check = Check(head)
    for one in await whole(trail):
        check.take(document(one))
    return check.ended(await trail.head())


async def by_hand(url: str, *statements: str) -> None:
    """As one who may change tables does it: the guards go first."""
    engine = sa.create_engine(url)
    is_file = engine.dialect.name == "sqlite"
    guards = (
        ("DROP TRIGGER audit_update", "DROP TRIGGER audit_delete")
        if is_file
        else ("DROP TRIGGER audit_kept ON audit",)
    )
    with engine.begin() as connection:
        for statement in (*guards, *statements):
            connection.exec_driver_sql(statement)
    engine.dispose()


async def test_a_new_trail_is_empty_and_whole(open_trail: Open) -> None:
    trail = await open_trail()
    assert await trail.head() == Head(sequence=0, hash=GENESIS)
    assert await checked(trail) is None


async def test_lines_come_back_as_they_were_appended_and_hang_together(open_trail: Open) -> None:
    trail = await open_trail()
    given = [
        line(
            0, before={"shards": 3, "ratio": 0.1 + 0.2, "big": 2**60}, after={"shards": 4, "ids": ["a", None]}
        ),
        line(1, plan=None, status=None, outcome=Outcome.UNKNOWN),
        *(
            line(n, actor=text, target=text, detail=text, before={text[:9]: text})
            for n, text in enumerate(STRANGE, 2)
        ),
    ]
    written = [*(await trail.append(given[:3])), *(await trail.append(given[3:]))]
    assert await whole(trail) == written
    assert [one.sequence for one in written] == list(range(1, len(given) + 1))
    assert written[0].before == given[0].before
    assert await checked(await open_trail()) is None


async def test_what_is_no_plain_json_or_too_long_is_left_out_of_a_line_that_is_written(
    open_trail: Open,
) -> None:
    trail = await open_trail()
    for value in ({"until": float("inf")}, {"what": object()}, {"ids": ["x" * 100] * 1000}):
        (written,) = await trail.append([line(before=value)])
        assert written.before is not None and "left out" in written.before
    assert await checked(trail) is None


async def test_two_that_append_at_once_append_one_chain(open_trail: Open) -> None:
    trails = [await open_trail() for _ in range(3)]

    async def act(trail: SqlAuditTrail, number: int) -> AuditLine:
        mark = await trail.begin(line(number, outcome=Outcome.UNKNOWN))
        return await trail.finish(mark, line(number))

    done = await asyncio.gather(*(act(trail, n) for n in range(20) for trail in trails))
    assert sorted(one.sequence for one in done) == list(range(1, 61))
    assert await checked(trails[0]) is None
    assert await trails[1].abandoned(2e9) == []


async def test_what_was_begun_and_never_finished_becomes_a_line_of_unknown_outcome(open_trail: Open) -> None:
    trail = await open_trail()
    await trail.begin(line(1, outcome=Outcome.UNKNOWN, status=None))
    late = await trail.begin(line(50, outcome=Outcome.UNKNOWN, status=None))
    (left,) = await (await open_trail()).abandoned(1_700_000_040.0)
    assert (left.request_id, left.outcome, left.status, left.sequence) == ("r-1", Outcome.UNKNOWN, None, 1)
    assert (await trail.finish(late, line(50))).sequence == 2
    assert await trail.abandoned(2e9) == []
    assert await checked(trail) is None


async def test_lines_are_found_by_who_what_and_how_it_ended(open_trail: Open) -> None:
    trail = await open_trail()
    await trail.append(
        [line(n, actor="bob" if n % 2 else "alice", kind="Rule" if n == 4 else "Thing") for n in range(6)]
    )
    await trail.append([line(6, outcome=Outcome.REFUSED, status=403, target="nul\0inside")])

    async def numbers(**asked: object) -> list[int]:
        return [one.sequence for one in await trail.read(AuditFilter(**asked))]  # type: ignore[arg-type]

    assert await numbers(actor="bob") == [6, 4, 2]
    assert await numbers(kind="Rule") == [5]
    assert await numbers(outcome="refused") == await numbers(target="nul\0inside") == [7]
    assert await numbers(request_id="r-2") == [3]
    assert await numbers(before=3) == [2, 1]
    assert await numbers(after=3, limit=2) == [4, 5]
    assert await numbers(after=2**80) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit WHERE sequence = 2"]
)
async def test_a_line_cannot_be_changed_or_removed_by_mistake(
    open_trail: Open, audit_url: str, statement: str
) -> None:
    trail = await open_trail()
    await trail.append([line(n) for n in range(3)])
    engine = sa.create_engine(audit_url)
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert await checked(trail) is None


@pytest.mark.parametrize(
    ("statements", "sequence", "why"),
    [
        (("UPDATE audit SET actor = 'eve' WHERE sequence = 4",), 4, "its hash is another"),
        (("UPDATE audit SET after = '{\"shards\":9}' WHERE sequence = 4",), 4, "its hash is another"),
        (("UPDATE audit SET at = at - 0.000001 WHERE sequence = 4",), 4, "its hash is another"),
        (("DELETE FROM audit WHERE sequence = 4",), 4, "line 5 stands where line 4 belongs"),
        (("DELETE FROM audit WHERE sequence = 1",), 1, "line 2 stands where line 1 belongs"),
        (
            (
                "DELETE FROM audit WHERE sequence = 4",
                "UPDATE audit SET sequence = sequence - 1 WHERE sequence = 5",
            ),
            4,
            "does not follow",
        ),
        (
            ("DELETE FROM audit WHERE sequence > 4",),
            5,
            "line 4 is the last, and the head of the trail names line 6",
        ),
    ],
)
async def test_a_trail_that_was_tampered_with_names_the_first_line_that_does_not_fit(
    open_trail: Open, audit_url: str, statements: tuple[str, ...], sequence: int, why: str
) -> None:
    trail = await open_trail()
    await trail.append([line(n, after={"shards": n}) for n in range(6)])
    await by_hand(audit_url, *statements)
    found = await checked(trail)
    assert found is not None
    assert found.sequence == sequence
    assert why in found.why


async def test_a_tail_that_was_cut_with_its_head_is_found_by_a_head_that_somebody_kept(
    open_trail: Open, audit_url: str
) -> None:
    trail = await open_trail()
    written = await trail.append([line(n) for n in range(6)])
    cut = f"UPDATE audit_head SET sequence = 4, hash = '{written[3].hash}'"
    await by_hand(audit_url, "DELETE FROM audit WHERE sequence > 4", cut)
    assert await checked(trail) is None
    assert await checked(trail, written[2].hash) is None
    found = await checked(trail, written[5].hash)
    assert found is not None
    assert found.sequence == 5
    assert "its end was cut off" in found.why


async def test_a_row_that_is_no_line_is_named(open_trail: Open, audit_url: str) -> None:
    trail = await open_trail()
    await trail.append([line(n) for n in range(3)])
    await by_hand(audit_url, "UPDATE audit SET outcome = 'never' WHERE sequence = 2")
    with pytest.raises(Permanent, match="line 2: 'never'"):
        await whole(trail)


async def test_a_trail_whose_lines_were_hashed_anew_has_another_head(
    open_trail: Open, audit_url: str
) -> None:
    trail = await open_trail()
    written = await trail.append([line(n) for n in range(3)])
    await by_hand(audit_url, "DELETE FROM audit", f"UPDATE audit_head SET sequence = 0, hash = '{GENESIS}'")
    await trail.append([line(n, actor="eve") for n in range(3)])
    assert await checked(trail) is None
    found = await checked(trail, written[-1].hash)
    assert found is not None
    assert "its end was cut off" in found.why
