"""The way back in leaves its line in the audit trail, and needs no trail."""

from __future__ import annotations

from pathlib import Path

from orchestrator.bootstrap.recovery import recovered_admin
from orchestrator.ports.audit import AuditFilter
from orchestrator.settings import Settings
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.audit import SqlAuditTrail


def settings_in(folder: Path, **audit: str) -> Settings:
    return Settings.model_validate({"data_dir": folder, "access": {"mode": "accounts"}, "audit": audit})


async def test_who_lets_admin_in_again_is_in_the_trail(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    file = await recovered_admin(settings)
    trail = await SqlAuditTrail.open(settings.audit_url)
    (line,) = await trail.read(AuditFilter())
    await trail.close()
    assert (line.actor, line.source, line.target) == ("admin", "recovery", "admin")
    assert file.read_text().strip() not in str(line)


async def test_a_trail_that_cannot_be_had_keeps_admin_out_no_longer(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, url=f"sqlite:///{tmp_path / 'no-such-folder' / 'audit.db'}")
    await recovered_admin(settings)
    accounts = await SqlAccounts.open(settings.access_url)
    assert await accounts.user("admin") is not None
    await accounts.close()
