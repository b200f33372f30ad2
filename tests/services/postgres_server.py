"""PostgreSQL as a native program: its own data, a free port, an account with a password."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import free_ports, wait_for

USERNAME, PASSWORD = "shardwright", "s3cret"
ORDINARY_USER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # A killed process loses nothing without it, only a machine that loses power does.
    "fsync": "off",
}


def absent() -> str | None:
    """Why no server can be started here; None when one can."""
    if folder_of_programs() is None:
        return "there is no postgres (Debian: apt-get install postgresql)"
    if os.geteuid() != 0:
        return None
    if shutil.which("setpriv") is None or not _has_user(ORDINARY_USER):
        return f"postgres refuses root, and there is no setpriv or no user {ORDINARY_USER!r}"
    return None


class Postgres(Server):
    """One server with its data in ``folder``, which the user ``postgres`` must be able to reach.

    ``url`` is that of a superuser in the database ``postgres``. ``start`` returns when it serves.
    ``certificate``: key and certificate in one PEM, for those who want the link encrypted.
    """

    def __init__(self, folder: Path, *, certificate: Path | None = None) -> None:
        self.port = free_ports(1)[0]
        self.url = f"postgresql+psycopg://{USERNAME}:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        self._folder = folder
        self._data = folder / "data"
        self._certificate = certificate
        self._pair = folder / "server.pem"
        encryption = {"ssl": "on", "ssl_cert_file": str(self._pair), "ssl_key_file": str(self._pair)}
        settings = SETTINGS | (encryption if certificate else {})
        options = [f"-c{name}={value}" for name, value in settings.items()]
        argv = [_program("postgres"), "-D", str(self._data), f"-p{self.port}", *options]
        folder.mkdir(parents=True, exist_ok=True)
        self._program = Program([*_as_ordinary_user(), *argv], folder)

    def start(self, within: float = 60) -> None:
        """Raises RuntimeError with its last words when it does not serve in time."""
        if (reason := absent()) is not None:
            raise RuntimeError(reason)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        try:
            wait_for(self._serves, within, "PostgreSQL serves", every=0.05)
        except AssertionError as exc:
            self.kill()
            raise RuntimeError(f"{exc}\n{self.said()}") from exc

    def pause(self) -> None:
        """Stop the server and all its backends, which live in sessions of their own."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._program.kill()

    def stop(self) -> None:
        """End it at once but in order: its clients are cut off."""
        self.resume()
        pid = self._pid()
        if pid is not None and self.runs:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        self._program.stop(within=5)

    def _serves(self) -> bool:
        if not self._program.runs:
            # After a kill the old backends may still hold its shared memory for a moment.
            self._program.start()
            return False
        try:
            address = self.url.replace("+psycopg", "")
            with closing(psycopg.connect(address, connect_timeout=2)) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        files = [self._folder, password]
        if self._certificate is not None:
            self._pair.touch(0o600)
            self._pair.write_bytes(self._certificate.read_bytes())
            files.append(self._pair)
        if os.geteuid() == 0:
            for path in files:
                shutil.chown(path, ORDINARY_USER, ORDINARY_USER)
        made = subprocess.run(
            [*_as_ordinary_user(), _program("initdb"), "-D", str(self._data), "-U", USERNAME, "-N",
             "-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8", "--locale=C.UTF-8"],
            capture_output=True, text=True, check=False, cwd=self._folder,
        )  # fmt: skip
        password.unlink()
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stdout}{made.stderr}")

    def _signal(self, number: signal.Signals) -> None:
        pid = self._pid()
        if pid is None or not self.runs:
            return
        for each in (pid, *_children(pid)):
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def _pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _program(name: str) -> str:
    folder = folder_of_programs()
    return name if folder is None else str(folder / name)


def folder_of_programs() -> Path | None:
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).parent
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return newest[-1].parent if newest else None


def _as_ordinary_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", ORDINARY_USER, "--regid", ORDINARY_USER, "--init-groups",
            "--pdeathsig", "KILL"]  # fmt: skip


def _has_user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())
