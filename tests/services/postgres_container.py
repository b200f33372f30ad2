"""PostgreSQL in a container."""

from __future__ import annotations

from tests.services.container import Container

USERNAME, PASSWORD = "shardwright", "s3cret"


class PostgresContainer(Container):
    """One server, for tests that only need its ``url``."""

    def __init__(self) -> None:
        account = {"POSTGRES_USER": USERNAME, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "postgres"}
        # The image starts it twice: the first time to make the account.
        says = "PostgreSQL init process complete"
        super().__init__("postgres:16", 5432, says=says, environment=account)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{USERNAME}:{PASSWORD}@{self.address}/postgres"
