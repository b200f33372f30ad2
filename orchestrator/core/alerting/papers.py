"""The book of alarms as text, for the next leader."""

from __future__ import annotations

import json
from dataclasses import asdict

from orchestrator.core.alerting.alarm import Alarm
from orchestrator.core.alerting.book import Book, Entry


def encode_book(book: Book) -> str:
    """What was told; what nobody knows of is found again."""
    return json.dumps({name: asdict(entry) for name, entry in sorted(book.items()) if entry.told})


def decode_book(text: str) -> dict[str, Entry]:
    """Raises ValueError."""
    try:
        return {
            name: Entry(**{**entry, "alarm": Alarm(**entry["alarm"])})
            for name, entry in json.loads(text or "{}").items()
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no book of alarms: {error}") from error
