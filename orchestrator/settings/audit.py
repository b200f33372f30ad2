"""Where it is kept who changed what, and what happens where that cannot be written."""

from __future__ import annotations

from orchestrator.settings.section import Section


class Audit(Section):
    """``url``: the database; None: that of the accounts or the journal where one is given, else a file.

    ``required``: nothing is changed where the trail cannot be written; None: so where people sign in.
    """

    url: str | None = None
    required: bool | None = None
