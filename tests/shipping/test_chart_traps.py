"""Why the chart gives some things the way it does: the other way does not work."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from orchestrator.errors import ConfigError
from orchestrator.settings import load
from tests.services import postgres


def answers(url: str) -> bool:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    try:
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text("SELECT 1")).scalar() == 1
    finally:
        engine.dispose()


def test_postgresql_takes_its_password_from_the_environment_and_from_no_file_that_a_group_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The files of a mounted Secret have mode 0440 wherever a pod has an fsGroup.
    url = make_url(postgres.shared())
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"*:*:*:{url.username}:{url.password}\n")
    bare = url._replace(password=None)
    by_file = bare.update_query_dict({"passfile": str(passwords)}).render_as_string(hide_password=False)
    passwords.chmod(0o600)
    assert answers(by_file)
    passwords.chmod(0o440)
    with pytest.raises(sqlalchemy.exc.OperationalError, match="no password supplied"):
        answers(by_file)
    monkeypatch.setenv("PGPASSWORD", str(url.password))
    assert answers(bare.render_as_string(hide_password=False))


def test_the_links_of_a_service_that_is_called_shardwright_would_be_taken_for_settings() -> None:
    with pytest.raises(ConfigError, match="SHARDWRIGHT_PORT is not a setting"):
        load(None, {"SHARDWRIGHT_PORT": "tcp://10.0.0.1:443"})
