"""The office of the leader in the embedded store: free to the server that has the directory locked.

Its methods run on the thread of the writer, or of the reader where it says so.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from orchestrator.core.decisions import Deposed
from orchestrator.ports import Candidate, Held, Office, Span, StoreLayout
from orchestrator.store.layout import Layout
from orchestrator.store.layout_document import decode_layout, unfit
from orchestrator.store.leadership import Nonces, decode_leader, fencing, taking, vacating
from orchestrator.store.sqlite_file import RefusedError, SqliteFile


class SqliteOffice:
    def __init__(self, writer: SqliteFile, reader: SqliteFile, layout: Layout, span: Span) -> None:
        self._writer = writer
        self._reader = reader
        self._layout = layout
        self._span = span
        self._nonces = Nonces(secrets.token_hex(8))
        self.candidate: Candidate | None = None

    def campaign(self, holder: str, url: str) -> Office | Held:
        self.candidate = Candidate(holder=holder, url=url, span=self._span)
        path = self._layout.leader
        with self._writer.transaction():
            found = decode_leader(path, self._writer.get(path))
            layout = self._layout_in(self._writer)
            if fault := unfit(layout, self._span):
                held = found.held if found is not None else Held(holder="", url="", epoch=0)
                return replace(held, unfit=fault)
            operation, office = taking(path, found, holder, url, self._nonces.next())
            self._writer.apply([operation], path)
        return replace(office, layout=layout.written)

    def resign(self, office: Office) -> None:
        path = self._layout.leader
        try:
            with self._writer.transaction():
                self._writer.apply([vacating(path, office, self._nonces.next())], path)
        except RefusedError:
            return  # it is another's already, which is as good

    def fence(self, office: Office) -> Office | Deposed:
        path = self._layout.leader
        with self._writer.transaction():
            found = decode_leader(path, self._writer.get(path))
            answer = fencing(path, found, office, self._nonces.owns, self._nonces.next())
            if isinstance(answer, (Office, Deposed)):
                return answer
            operation, renewed = answer
            self._writer.apply([operation], path)
        return renewed

    def held(self) -> Held | None:
        """On the thread of the reader."""
        path = self._layout.leader
        with self._reader.transaction():
            found = decode_leader(path, self._reader.get(path))
        return found.held if found is not None and found.holder else None

    def layout(self) -> StoreLayout:
        """On the thread of the reader."""
        with self._reader.transaction():
            return self._layout_in(self._reader)

    def _layout_in(self, file: SqliteFile) -> StoreLayout:
        return decode_layout(self._layout.layout, file.get(self._layout.layout))
