"""Documents of one layout as those of another: what is converted, what is refused, and how much at once."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orchestrator.errors import Permanent
from orchestrator.ports import Span, StoreLayout
from orchestrator.store.document import Document
from orchestrator.store.layout_document import declaring, decode_candidate, decode_layout, unfit
from orchestrator.store.migration import MIGRATION, Migration, Place, Step, in_batches, place_of
from orchestrator.store.operations import MAX_BYTES, MAX_OPERATIONS, Check, Create, Set, require_fit
from tests.store.next_version import LATER, NEXT

ROOT = "/iota/orchestration"
HEAD = f"{ROOT}/Thing/0"


def document(version: int = 0, **members: Any) -> Document:
    return Document(json.dumps(members).encode(), version)


def same(place: Place, members: dict[str, Any]) -> dict[str, Any]:
    return members


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("_kinds/Thing", Place.STATE),
        ("_revisions/Thing/1", Place.REVISION),
        ("Thing/0", Place.HEAD),
        ("Thing/0/_reload", Place.RELOAD),
        ("Thing/0/resources", Place.RESOURCES),
        ("Thing/0/resources/7", Place.CHUNK),
        ("Thing/0/tmp", None),
        ("_papers/Thing/pins", None),
        ("_leader", None),
        ("_layout", None),
        ("_election/a-b-0000000001", None),
    ],
)
def test_each_document_has_a_place_or_belongs_to_no_layout(path: str, place: Place | None) -> None:
    assert place_of(f"{ROOT}/{path}", ROOT) is place


def test_what_the_only_layout_reads_and_writes_is_not_touched() -> None:
    plain = document(ids=["layout"])
    assert MIGRATION.raised(f"{HEAD}/resources/0", ROOT, plain) == plain
    written = (Check(f"{ROOT}/_leader", 1), Create(HEAD, b"{}"))
    assert MIGRATION.lowered(written, ROOT, 1) == written


def test_an_older_layout_is_raised_as_it_is_read_and_lowered_as_it_is_written() -> None:
    old = document(3, incarnation=7, instance="live", used=2)
    assert NEXT.raised(HEAD, ROOT, old) == Document(NEXT.raised(HEAD, ROOT, old).body, 3)
    (kept,) = NEXT.lowered([Set(HEAD, old.body, 3)], ROOT, 1)
    assert isinstance(kept, Set) and json.loads(kept.body) == json.loads(old.body)
    (new,) = NEXT.lowered([Set(HEAD, old.body, 3)], ROOT, 2)
    assert isinstance(new, Set)
    assert json.loads(new.body) == {
        "used": 2,
        "run": {"incarnation": 7, "instance": "live"},
        "layout": 2,
    }
    read = NEXT.raised(HEAD, ROOT, Document(new.body, 4))
    assert json.loads(read.body) == json.loads(old.body) | {"layout": 2}


@pytest.mark.parametrize(
    ("program", "layout", "sentence"),
    [
        (MIGRATION, 2, "has layout 2, this program reads and writes layout 1: run a newer version"),
        (NEXT, 3, "has layout 3, this program reads and writes layouts 1 to 2: run a newer version"),
        (LATER, 1, "has layout 1, this program reads and writes layouts 2 to 3: run an older version"),
        (NEXT, 0, "'layout' must be an integer of 1 or more, found 0"),
        (NEXT, "2", "'layout' must be an integer of 1 or more, found '2'"),
    ],
)
def test_a_layout_that_is_not_known_is_refused_by_name(
    program: Migration, layout: object, sentence: str
) -> None:
    with pytest.raises(Permanent, match=re.escape(sentence)):
        program.raised(HEAD, ROOT, document(used=1, incarnation=1, instance="none", layout=layout))


def test_an_id_or_a_label_that_is_called_layout_says_nothing_of_it() -> None:
    for plain in (document(ids=["layout"]), document(labels={"layout": "9"})):
        assert MIGRATION.raised(HEAD, ROOT, plain) == plain


def test_only_what_is_in_another_layout_is_converted_and_at_its_version() -> None:
    state = document(2, resourcePerInstance=10, maxInstances=3)
    (done,) = NEXT.lowered([Set(HEAD, document(incarnation=1, instance="none").body, 0)], ROOT, 2)
    assert isinstance(done, Set)
    there = {
        f"{ROOT}/_kinds/Thing": state,
        HEAD: Document(done.body, 5),
        f"{HEAD}/_reload": document(1, times=4),
        f"{HEAD}/tmp": Document(b"a worker's own", 9),
        f"{ROOT}/_papers/Thing/pins": document(layout=1),
    }
    found = list(NEXT.outdated(there, ROOT, 2))
    assert [(one.path, one.version) for one in found] == [
        (f"{ROOT}/_kinds/Thing", 2),
        (f"{HEAD}/_reload", 1),
    ]
    assert json.loads(found[0].body) == {
        "limits": {"resourcePerInstance": 10, "maxInstances": 3},
        "layout": 2,
    }


def test_what_a_stranger_left_without_a_state_is_not_converted() -> None:
    assert list(NEXT.outdated({f"{HEAD}/_reload": document(times=1)}, ROOT, 2)) == []


def test_a_document_that_is_none_ends_the_conversion_of_its_kind() -> None:
    there = {f"{ROOT}/_kinds/Thing": Document(b"[]", 0)}
    with pytest.raises(Permanent, match="_kinds/Thing: the document is not a JSON object"):
        list(NEXT.outdated(there, ROOT, 2))


def test_batches_are_no_larger_than_a_store_takes_each_under_the_office() -> None:
    leader = Check(f"{ROOT}/_leader", 8)
    small = [Set(f"{HEAD}/resources/{n}", b"{}", n) for n in range(1200)]
    large = [Set(f"{HEAD}/resources/{n}", b"x" * (MAX_BYTES // 5), n) for n in range(11)]
    for writes in (small, large):
        batches = list(in_batches(iter(writes), leader))
        assert [one for batch in batches for one in batch if isinstance(one, Set)] == writes
        for batch in batches:
            assert batch[0] == leader and len(batch) <= MAX_OPERATIONS
            require_fit(batch)
    assert list(in_batches(iter([]), leader)) == []


def test_steps_must_follow_each_other() -> None:
    with pytest.raises(ValueError, match="layout 3 where 2 must follow"):
        Migration((Step(to=3, up=same, down=same),))
    assert Migration((Step(to=5, up=same, down=same),), 4).span == Span(oldest=4, newest=5)


def test_a_store_without_a_word_of_it_has_the_first_layout() -> None:
    assert decode_layout("/_layout", None) == StoreLayout(layout=1)
    before = StoreLayout(layout=1, at=3)
    operation = declaring("/_layout", before, StoreLayout(layout=1, next=2))
    assert operation == Set("/_layout", b'{"layout":1,"next":2}', 3)
    found = decode_layout("/_layout", Document(b'{"layout":1,"next":2}', 4))
    assert (found, found.written) == (StoreLayout(layout=1, next=2, at=4), 2)


@pytest.mark.parametrize(
    ("layout", "coming", "span", "why"),
    [
        (1, None, (1, 1), ""),
        (1, None, (1, 2), ""),
        (1, 2, (1, 2), ""),
        (2, None, (1, 2), ""),
        (2, None, (1, 1), "has layout 2, and this program reads and writes layout 1: it is too old"),
        (
            1,
            2,
            (1, 1),
            "is being converted to layout 2, and this program reads and writes layout 1: it is too old",
        ),
        (1, None, (2, 3), "has layout 1, and this program reads and writes layouts 2 to 3: it is too new"),
        (1, 2, (2, 3), "has layout 1, and this program reads and writes layouts 2 to 3: it is too new"),
    ],
)
def test_who_cannot_read_or_write_the_store_may_not_lead(
    layout: int, coming: int | None, span: tuple[int, int], why: str
) -> None:
    found = unfit(StoreLayout(layout=layout, next=coming, at=0), Span(oldest=span[0], newest=span[1]))
    assert why in found and bool(why) == bool(found)


def test_a_candidate_that_says_nothing_knows_the_first_layout_only() -> None:
    assert decode_candidate("/c", b"").span == Span(oldest=1, newest=1)
    with pytest.raises(Permanent, match="the oldest and the newest"):
        decode_candidate("/c", b'{"holder":"x","layouts":[1]}')
