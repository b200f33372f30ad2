"""What an import and a restore do before they write: take the office, and know whose store it will be."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from orchestrator.cli.failure import Exit, Failure

if TYPE_CHECKING:
    from orchestrator.ports import Office, Store
    from orchestrator.settings import Settings
    from orchestrator.store.archive import Archive


async def office_of(store: Store, holder: str) -> Office:
    """While it is held no orchestrator can lead. Raises Failure where one does, Unavailable."""
    from orchestrator.ports import Held

    answer = await store.campaign(holder, "")
    if isinstance(answer, Held):
        if answer.unfit:
            raise Failure(Exit.REFUSED, "the store is not for this program", answer.unfit)
        who = f"{answer.holder} ({answer.url})" if answer.holder else "an orchestrator that stands for it"
        raise Failure(Exit.REFUSED, "the store is in use", f"its office is held by {who}: stop it first")
    return answer


def identity_for(settings: Settings, archive: Archive, *, what: str, is_new: bool) -> str:
    """The id that orchestrators of this installation accept. ``what``: the archive is in, for people.

    Raises Failure where it is of another installation, Permanent.
    """
    from orchestrator.bootstrap.identity import RememberedStore

    remembered = RememberedStore(settings.data_dir, settings.store.id)
    known = remembered.known
    if is_new:
        return known or secrets.token_hex(8)
    if known and archive.store_id and known != archive.store_id:
        raise Failure(
            Exit.REFUSED,
            f"the {what} is of another installation",
            f"it was store {archive.store_id}, {remembered.source} says {known}",
            [
                f"to take the other's place: remove {remembered.name} first",
                "for a copy beside it: --new-identity",
            ],
        )
    # Of the content, where nobody has given one: the same archive goes on with the same id.
    return archive.store_id or known or archive.digest[:16]
