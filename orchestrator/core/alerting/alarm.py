"""One thing that is wrong, as long as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d[\d,.]*")
_LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """``kind``: "" where it is about the whole server. ``code``: what is wrong; ``subject``: with what of it.

    ``sentence`` may change while the alarm stands: its numbers grow. ``needs_person``: nothing that the
    server does will end it.
    """

    kind: str
    code: str
    subject: str = ""
    sentence: str
    needs_person: bool = False

    @property
    def name(self) -> str:
        """What the same alarm is called each time it is seen."""
        return "/".join((self.kind, self.code, self.subject))


def unnumbered(sentence: str) -> str:
    """A sentence without the numbers in it: the same one a moment later, when they have grown."""
    return _NUMBER.sub("#", sentence.partition(":")[0])[:_LONGEST_SUBJECT]
