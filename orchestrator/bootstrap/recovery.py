"""The way back in where nobody knows the password of an admin any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator.bootstrap.access import ADMIN, first_admin
from orchestrator.bootstrap.noting import note
from orchestrator.clock import SystemClock
from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.errors import ConfigError, Permanent
from orchestrator.ports.accounts import Changed, User
from orchestrator.settings import Settings
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.accounts_passwords import Argon2Passwords


async def recovered_admin(settings: Settings) -> Path:
    """Give ``admin`` a new password and every right; the file that holds the password.

    For who may read the configuration and its database; a server may run meanwhile. Raises Permanent,
    Unavailable, and ConfigError where there are no accounts.
    """
    if settings.access.mode == "open":
        raise ConfigError("access.mode is open: there are no accounts, and nobody signs in")
    without = settings.access.model_copy(update={"admin_password": None, "admin_password_file": None})
    passwords = Argon2Passwords()
    accounts = await SqlAccounts.open(settings.access_url)
    try:
        made = first_admin(settings.model_copy(update={"access": without}), SystemClock(), passwords)()
        before = await accounts.user(ADMIN)
        if before is None:
            changed = await accounts.add_user(made)
        else:
            renewed = replace(made, created=before.created, version=before.version + 1)
            changed = await accounts.change_user(renewed)
    finally:
        await accounts.close()
        await passwords.close()
    if changed is not Changed.DONE:
        raise Permanent("somebody else changes admin at the same time: try again")
    await _noted(settings, made)
    return settings.admin_password_file


async def _noted(settings: Settings, made: User) -> None:
    """Have it in the audit trail."""
    line = AuditLine(
        at=made.changed,
        actor=ADMIN,
        source="recovery",
        method="",
        route="shardwright user recover",
        target=ADMIN,
        after={"grants": [str(grant) for grant in made.grants], "disabled": False, "password": "changed"},
        outcome=Outcome.DONE,
    )
    await note(settings, line, "admin was let in again, which the audit trail does not have")
