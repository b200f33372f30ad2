"""A message as lines of plain text, which no chat takes for anything else."""

from __future__ import annotations

from datetime import UTC, datetime

from orchestrator.core.alerting.book import Notice, Said
from orchestrator.core.printable import printable
from orchestrator.ports.alerts import Message

MOST_LINES = 20
_LONGEST_LINE = 300
_HEADS = {Said.OPEN: "NEW", Said.REPEATED: "STILL", Said.RESOLVED: "RESOLVED"}
# A chat reads <at user_id="all"> as a call to everybody, and an id can be any text.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠"})


def text_of(message: Message, most_bytes: int) -> str:
    """At most so many bytes of UTF-8; what does not fit is counted."""
    if message.is_test:
        return f"Shardwright: a test message, nothing is wrong. {message.page}"
    shown = message.notices[:MOST_LINES]
    while True:
        left = len(message.notices) - len(shown)
        lines = [_head(message), *map(_line, shown)]
        if left:
            lines.append(f"... and {left} more")
        text = "\n".join(lines)
        if len(text.encode()) <= most_bytes or not shown:
            return text
        shown = shown[:-1]


def plain(text: str) -> str:
    """A sentence in one line that rings nobody's bell."""
    one = printable(text).translate(_HARMLESS)
    return one if len(one) <= _LONGEST_LINE else f"{one[:_LONGEST_LINE]}…"


def _head(message: Message) -> str:
    persons = sum(one.alarm.needs_person and one.said is not Said.RESOLVED for one in message.notices)
    needs = f", {persons} need a person" if persons else ""
    return f"Shardwright: {len(message.notices)} alarms{needs}. {message.page}"


def _line(notice: Notice) -> str:
    since = datetime.fromtimestamp(notice.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
    of = f"{notice.alarm.kind}: " if notice.alarm.kind else ""
    return f"{_HEADS[notice.said]} {plain(of + notice.alarm.sentence)} (since {since})"
