"""Where a resource runs, as long as memory can tell: the one question that is asked all the time."""

from __future__ import annotations

import json

from aiohttp import web

from orchestrator.engine.facade import Facade


class Lookup:
    """Writes a ``RunInShape`` by hand: to build and to check one would cost more than all the rest."""

    def __init__(self, facade: Facade) -> None:
        self._facade = facade
        # The configured name of a kind's instances does not change while the server runs.
        self._names: dict[str, str] = {}

    def owned(self, kind: str, wanted: str) -> bytes | None:
        """The document of an id whose owner has acknowledged it; None: ask in full.

        Raises NotNow, UnknownKind.
        """
        owner = self._facade.owner(kind, wanted)
        if owner is None:
            return None
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = json.dumps(self._facade.kind(kind).instance_name)[:-1]
        shard, incarnation = owner
        return (
            f'{{"runIn":{name}-{shard}","shard":{shard},"incarnation":{incarnation},'
            f'"state":"owned","since":null}}'
        ).encode()


LOOKUP: web.AppKey[Lookup] = web.AppKey("lookup", Lookup)
