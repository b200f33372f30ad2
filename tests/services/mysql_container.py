"""MySQL in a container."""

from __future__ import annotations

from tests.services.container import Container

PASSWORD = "s3cret"


class MysqlContainer(Container):
    """One server, for tests that only need its ``url``."""

    def __init__(self) -> None:
        # The image starts it twice: the first time without a port, to make the account.
        says = r"ready for connections.*port: 3306"
        super().__init__("mysql:8.4", 3306, says=says, environment={"MYSQL_ROOT_PASSWORD": PASSWORD})

    @property
    def url(self) -> str:
        return f"mysql+pymysql://root:{PASSWORD}@{self.address}/mysql"
