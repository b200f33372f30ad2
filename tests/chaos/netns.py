"""A network namespace between a client and our proxies, in which the kernel itself loses packets."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CLONE_NEWNET = 0x40000000
PROGRAMS = ("ip", "iptables")
FAULTS = {"dropped": ("DROP",), "rejected": ("REJECT", "--reject-with", "tcp-reset")}


def absent() -> str | None:
    """Why there can be none here; None when there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"there is no {', '.join(lacking)} on the PATH" if lacking else None


class Namespace:
    """``listen`` gives sockets whose clients come through it; ``cut`` loses what goes to some of them."""

    def __init__(self) -> None:
        # Of two runs at the same time each has a network of its own.
        number = os.getpid() % (1 << 14)
        third, fourth = divmod(4 * number, 256)
        self.name = f"chaos-{number}"
        self.here, self.address = f"10.231.{third}.{fourth + 1}", f"10.231.{third}.{fourth + 2}"
        self._link = (f"cha{number}", f"chb{number}")

    def start(self) -> None:
        """Raises RuntimeError where the machine does not allow it."""
        ours, theirs = self._link
        try:
            _run("ip", "netns", "add", self.name)
            _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", self.name)
            _run("ip", "addr", "add", f"{self.here}/30", "dev", ours)
            _run("ip", "link", "set", ours, "up")
            _run("ip", "-n", self.name, "addr", "add", f"{self.address}/30", "dev", theirs)
            _run("ip", "-n", self.name, "link", "set", theirs, "up")
            # What is not there is not allowed either.
            self._iptables("-L", "INPUT", "-n")
        except RuntimeError:
            self.stop()
            raise

    def stop(self) -> None:
        for argv in (["ip", "netns", "del", self.name], ["ip", "link", "del", self._link[0]]):
            subprocess.run(argv, capture_output=True, check=False)

    def listen(self) -> socket.socket:
        """On a free port of ``address``. A socket stays where it was made, whoever uses it."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._listen).result()

    def cut(self, ports: Collection[int], how: str) -> None:
        """``how``: dropped (no answer at all) or rejected (RST to each packet), until ``heal``."""
        for port in ports:
            self._iptables("-A", "INPUT", "-p", "tcp", "--dport", str(port), "-j", *FAULTS[how])
            if how == "dropped":
                self._iptables("-A", "OUTPUT", "-p", "tcp", "--sport", str(port), "-j", "DROP")

    def heal(self) -> None:
        for chain in ("INPUT", "OUTPUT"):
            self._iptables("-F", chain)

    def _listen(self) -> socket.socket:
        # The thread that enters it serves nothing else, and ends.
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/run/netns", self.name).open() as file:
            if libc.setns(file.fileno(), CLONE_NEWNET):
                raise RuntimeError(f"setns: {os.strerror(ctypes.get_errno())}")
        made = socket.socket()
        made.bind((self.address, 0))
        made.listen(100)
        made.setblocking(False)
        return made

    def _iptables(self, *words: str) -> None:
        _run("ip", "netns", "exec", self.name, "iptables", "-w", *words)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
