"""Recordings as files: whole, cut off, spoiled, of somebody else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.replay.packing import pack, unpack
from orchestrator.replay.recording import NotARecording, read_recording
from orchestrator.replay.run import as_recorded
from tests.replay.days import lines_of, policy_of, recording_of


def test_a_whole_recording_leaves_no_doubt() -> None:
    recording = recording_of()
    assert recording.doubts == ()
    assert recording.end is not None
    assert recording.since < recording.until


@pytest.mark.parametrize("kept", [2, 3, 50, -1])
def test_one_that_is_cut_off_is_used_as_far_as_it_goes(kept: int) -> None:
    lines = list(lines_of())[:kept]
    recording = read_recording(lines)
    assert any("cut off" in doubt for doubt in recording.doubts)
    run = as_recorded(recording, policy_of(recording))
    assert run.score.transactions >= 0


def test_half_a_line_is_not_used() -> None:
    lines = [*lines_of()[:60], lines_of()[60][:-20]]
    recording = read_recording(lines)
    assert recording.doubts == ("line 61 cannot be read: the recording is used up to the line before it",)
    assert recording.until <= read_recording(lines_of()[:60]).until


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000_000))
def test_wherever_it_is_cut_the_answer_is_a_recording_or_a_sentence(at: int) -> None:
    content = b"".join(lines_of())
    content = content[: at % len(content)]
    try:
        assert read_recording(content.splitlines(keepends=True)).doubts
    except NotARecording as error:
        assert str(error)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "the file is empty"),
        ([b"# a heading\n"], "this is no recording"),
        ([b'{"format":"shardwright-export","version":1}\n'], "this is no recording"),
        ([b"[1]\n"], "this is no recording"),
        ([b'{"format":"shardwright-recording","version":2,"kind":"Thing"}\n'], "replays version 1"),
        ([lines_of()[0], b'{"end":0}\n'], "holds no checkpoint"),
        ([lines_of()[0], b'{"at":1}\n'], "cannot be used"),
        ([lines_of()[0], b'{"at":1,"verb":"input-x","payload":[]}\n'], "cannot be used"),
        ([lines_of()[0], b'{"at":1,"verb":"input-x","payload":[{"type":"new"}]}\n'], "does not know"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_reason(lines: list[bytes], why: str) -> None:
    with pytest.raises(NotARecording, match=why):
        read_recording(lines)


def test_inputs_that_are_missing_are_told() -> None:
    lines = list(lines_of())
    passes = [n for n, line in enumerate(lines) if b'"type":"pass"' in line]
    del lines[passes[10]]
    assert any("1 inputs are missing" in doubt for doubt in read_recording(lines).doubts)


def test_an_input_whose_payload_was_dropped_is_told() -> None:
    lines = list(lines_of())
    place = next(n for n, line in enumerate(lines) if b'"type":"pass"' in line)
    entry = json.loads(lines[place])
    del entry["payload"]
    lines[place] = json.dumps({**entry, "reason": "input"}).encode() + b"\n"
    assert any("inputs are missing" in doubt for doubt in read_recording(lines).doubts)


@given(st.lists(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()))))
def test_parts_come_back_as_they_were(parts: list[dict[str, object]]) -> None:
    assert unpack(pack(parts)) == parts


@pytest.mark.parametrize("body", [b"", b"no", pack([{"a": 1}])[:-2]])
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="body of a recorded input"):
        unpack(body)
