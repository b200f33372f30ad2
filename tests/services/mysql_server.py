"""MariaDB as a native program: its own data, a free port, an account with a password."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pymysql

from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import free_ports

USERNAME, PASSWORD = "shardwright", "s3cret"
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def absent() -> str | None:
    """Why no server can be started here; None when one can."""
    if shutil.which("mariadbd", path=PLACES) and shutil.which("mariadb-install-db", path=PLACES):
        return None
    return "there is no mariadbd (Debian: apt-get install mariadb-server)"


class Mysql(Server):
    """One server with its data in ``folder``; ``url`` is that of an account that may do everything.

    ``start`` returns when it serves.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_ports(1)[0]
        self.url = f"mysql+pymysql://{USERNAME}:{PASSWORD}@127.0.0.1:{self.port}/mysql"
        self._folder = folder
        self._data = folder / "data"
        self._program = Program(
            [
                shutil.which("mariadbd", path=PLACES) or "mariadbd",
                "--no-defaults",
                f"--datadir={self._data}",
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                f"--socket={folder / 'socket'}",
                f"--pid-file={folder / 'pid'}",
                f"--init-file={folder / 'account.sql'}",
                "--skip-name-resolve",
                "--skip-log-bin",
                "--innodb-buffer-pool-size=64M",
                "--innodb-flush-log-at-trx-commit=2",
                *_as_root(),
            ],
            folder,
        )

    def start(self, within: float = 60) -> None:
        """Raises RuntimeError with its last words when it does not serve in time."""
        if (reason := absent()) is not None:
            raise RuntimeError(reason)
        if not (self._data / "mysql").exists():
            self._initialise()
        self._program.start()
        self._program.wait_ready(self._serves, within, "MariaDB serves")

    def stop(self) -> None:
        self._program.stop(within=10)

    def _serves(self) -> bool:
        try:
            connection = pymysql.connect(
                host="127.0.0.1", port=self.port, user=USERNAME, password=PASSWORD, connect_timeout=2
            )
        except pymysql.err.OperationalError:
            return False
        with closing(connection):
            return True

    def _initialise(self) -> None:
        account = f"'{USERNAME}'@'127.0.0.1'"
        (self._folder / "account.sql").write_text(
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
        )
        install = shutil.which("mariadb-install-db", path=PLACES) or "mariadb-install-db"
        made = subprocess.run(
            [install, "--no-defaults", f"--datadir={self._data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", *_as_root()],
            capture_output=True, text=True, check=False, cwd=self._folder,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"mariadb-install-db failed: {made.stdout}{made.stderr}")


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
