"""Text of strangers on its way to a terminal or a log."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with control and direction characters escaped: ids come from outside, terminals obey them."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
