"""Roles and grants: what somebody may do, and what they may give away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.access import (
    ANONYMOUS,
    NOBODY,
    Grant,
    Principal,
    Role,
    both,
    covers,
    is_label,
    is_name,
    is_strong,
    parsed,
    role_of,
    simplified,
)

KINDS = (None, "Thing", "Rule", "Other")
grants = st.lists(
    st.builds(Grant, st.sampled_from([Role.VIEWER, Role.OPERATOR, Role.ADMIN]), st.sampled_from(KINDS)),
    max_size=5,
)


def roles(held: object) -> list[Role]:
    return [role_of(held, kind) for kind in KINDS]  # type: ignore[arg-type]


@given(grants)
def test_what_is_simplified_gives_the_same_roles(held: list[Grant]) -> None:
    short = simplified(held)
    assert roles(short) == roles(held)
    assert len({grant.kind for grant in short}) == len(short) <= len(held)
    assert simplified(short) == short


@given(grants, grants)
def test_what_two_have_in_common_is_the_lower_role_for_each_kind(
    one: list[Grant], other: list[Grant]
) -> None:
    assert roles(both(one, other)) == [min(pair) for pair in zip(roles(one), roles(other), strict=True)]


@given(grants, grants)
def test_nobody_gives_away_more_than_they_have(held: list[Grant], wanted: list[Grant]) -> None:
    is_less = all(low <= high for low, high in zip(roles(wanted), roles(held), strict=True))
    assert covers(held, wanted) == is_less


@given(grants)
def test_a_grant_is_read_as_it_is_written(held: list[Grant]) -> None:
    assert [parsed(str(grant)) for grant in held] == held


@pytest.mark.parametrize("text", ["", "root", "viewer:", ":Thing", "Viewer", "nobody", "viewer Thing"])
def test_what_is_no_grant_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="is no grant; allowed: viewer, operator, admin"):
        parsed(text)


def test_a_role_for_every_kind_is_also_one_for_the_server_and_one_for_a_kind_is_not() -> None:
    general, special = (
        Principal("a", "token", (Grant(Role.VIEWER),)),
        Principal("b", "token", (Grant(Role.ADMIN, "Thing"),)),
    )
    assert general.role_for(None) is general.role_for("Thing") is Role.VIEWER
    assert special.role_for(None) is special.role_for("Rule") is Role.NOBODY
    assert special.role_for("Thing") is special.highest is Role.ADMIN
    assert ANONYMOUS.role_for("Thing") is Role.ADMIN and NOBODY.highest is Role.NOBODY


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("ann", True), ("ann.b@c-d_9", True), ("9", True), ("", False), ("Ann", False), ("a/b", False),
     ("-a", False), ("a" * 64, True), ("a" * 65, False), ("a\n", False), ("ä", False)],
)  # fmt: skip
def test_a_name_is_plain(name: str, is_one: bool) -> None:
    assert is_name(name) is is_one
    assert is_label(name.upper()) is (is_one and name.isascii()) or name == "Ann"


@pytest.mark.parametrize(
    ("password", "strong"),
    [("correct horse", True), ("short", False), ("abababababab", False), ("x" * 1024, False),
     ("administrator", False), ("ADMINISTRATOR", False), ("é" * 6 + "abcdef", True)],
)  # fmt: skip
def test_a_weak_password_is_known(password: str, strong: bool) -> None:
    assert is_strong(password, "administrator") is strong
