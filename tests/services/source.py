"""Where tests have a service from: an address that is given, a native program, or a container."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests.services import container
from tests.services.require import missing


class Source:
    """``variable``: of the environment, with the address. ``absent``: why the program cannot be started here.

    ``program`` with a folder of its own, or ``container``, is started once a process, and ended with it;
    ``address``: the attribute of both that says where it is.
    """

    def __init__(
        self,
        service: str,
        variable: str,
        *,
        absent: Callable[[], str | None],
        program: Callable[[Path], Any],
        container: Callable[[], Any],
        address: str = "address",
    ) -> None:
        self._service = service
        self._variable = variable
        self._absent = absent
        self._program = program
        self._container = container
        self._address = address
        self._started = cache(self._start)

    def shared(self) -> str:
        """The address of one for all tests of this process; skips the test where there is none."""
        if given := os.environ.get(self._variable):
            return given
        if (reason := self._absent()) is not None and (also := container.absent()) is not None:
            missing(self._service, f"no address in {self._variable}; {reason}; {also}")
        address: str = getattr(self._started(), self._address)
        return address

    def require_program(self, what: str = "pause and kill") -> None:
        """Skip the test where there is none that may be harmed; ``what``: how."""
        if (reason := self._absent()) is not None:
            missing(f"a {self._service} to {what}", reason)

    def _start(self) -> Any:
        if self._absent() is not None:
            started = self._container()
        else:
            folder = tempfile.TemporaryDirectory(
                prefix=f"{self._service.lower()}-", ignore_cleanup_errors=True
            )
            atexit.register(folder.cleanup)
            started = self._program(Path(folder.name))
        atexit.register(started.stop)
        started.start()
        return started
