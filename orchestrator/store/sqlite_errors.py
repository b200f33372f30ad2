"""What an error of SQLite means to a caller: try again later, or never."""

from __future__ import annotations

import sqlite3

from orchestrator.errors import Permanent, Unavailable

PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_SCHEMA,
    }
)
LASTING = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_PERM: "cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened or created",
}


def primary_code(error: BaseException) -> int | None:
    """The code without its extension, None when the error carries none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def explained(error: BaseException, file: object) -> Unavailable | Permanent:
    """The error in our terms; ``file`` names the database for the reader."""
    code = primary_code(error)
    if code in PASSING:
        return Unavailable(f"{file} does not answer: {error}")
    if code in LASTING:
        return Permanent(f"{file} {LASTING[code]}: {error}")
    return Permanent(f"{file} cannot be used: {error}")
