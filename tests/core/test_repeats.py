"""Refusals that come again and again are in the trail, and do not fill it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.core.repeats import OTHERS, Repeats


def line(remote: str, status: int = 401, number: int = 0) -> AuditLine:
    return AuditLine(
        at=float(number),
        actor="",
        source="",
        method="POST",
        route="/v1/api/session",
        outcome=Outcome.REFUSED,
        status=status,
        remote=remote,
    )


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(401, 403), st.floats(0, 30)), max_size=300)
)
def test_each_refusal_is_written_or_counted_once(asked: list[tuple[str, int, float]]) -> None:
    repeats, now, written = Repeats(most=3, span=60.0, keys=5), 0.0, []
    for remote, status, pause in asked:
        now += pause
        written += repeats.due(now)
        told = repeats.take(line(remote, status), now)
        written += [] if told is None else [told]
    written += repeats.due(now, everything=True)
    assert sum(one.count for one in written) == len(asked)
    assert repeats.due(now, everything=True) == []


def test_the_first_have_lines_of_their_own_and_the_others_one_with_the_last_of_them() -> None:
    repeats = Repeats(most=2, span=60.0)
    told = [repeats.take(line("a", number=n), float(n)) for n in range(10)]
    assert [one is not None for one in told] == [True, True] + [False] * 8
    assert repeats.due(59.0) == []
    (counted,) = repeats.due(60.0)
    assert (counted.count, counted.at) == (8, 9.0)


def test_others_are_not_silenced_by_one_who_is_loud() -> None:
    repeats = Repeats(most=2)
    for _ in range(100):
        repeats.take(line("loud"), 0.0)
    assert repeats.take(line("calm"), 0.0) is not None


def test_too_many_addresses_are_told_as_others() -> None:
    repeats = Repeats(most=1, keys=3)
    told = [repeats.take(line(str(n)), 0.0) for n in range(100)]
    written = [one for one in told if one is not None]
    assert [one.remote for one in written] == ["0", "1", "2", OTHERS]
    assert sum(one.count for one in repeats.due(0.0, everything=True)) == 96
