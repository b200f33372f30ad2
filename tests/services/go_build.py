"""Programs built from their published source with Go, once for this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import go_toolchain
from tests.services.cached import cached, keep


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """``module``: the ``go.mod`` that names the versions; what stands beside it is built with it.

    ``stamps``: what the linker writes, by variable.
    """

    what: str
    version: str
    programs: Sequence[str]
    packages: Sequence[str]
    module: Path
    stamps: Mapping[str, str] = field(default_factory=dict)

    def place(self) -> Path:
        """The folder of the programs, whether or not they are built."""
        return cached(f"{self.what.lower()}-{self.version}")

    def absent(self) -> str | None:
        """Why the programs cannot be started here; None when they can."""
        place = self.place()
        lacking = [name for name in self.programs if not (place / name).exists()]
        return f"{place} lacks {', '.join(lacking)} (make services builds them)" if lacking else None

    def install(self) -> Path:
        """Build the programs where they are not built yet; returns their folder.

        Two may call it at once: each builds for itself, and who is ready first is the one that counts.
        Raises RuntimeError where no Go can be had or the build fails.
        """
        folder, named = self.place(), f"{self.what} {self.version}"
        if self.absent() is None:
            return folder
        go = go_toolchain.install()
        print(f"{named}: building {', '.join(self.programs)}, some minutes, once ...", flush=True)
        began = time.monotonic()
        keep(folder, self.absent, lambda work: self._build(go, work))
        print(f"{named}: built in {time.monotonic() - began:.0f} s", flush=True)
        return folder

    def _build(self, go: Path, work: Path) -> Path:
        shutil.copytree(self.module.parent, work, dirs_exist_ok=True)
        folder = work / "bin"
        folder.mkdir()
        # The rest of go.mod, and go.sum, follow from the few versions named in it: Go fills them in, and
        # asks its checksum database for each.
        stamps = " ".join(f"-X {name}={value}" for name, value in self.stamps.items())
        flags = f"-ldflags=-s -w {stamps}".rstrip()
        argv = [str(go), "build", "-mod=mod", "-trimpath", flags, "-o", f"{folder}/", *self.packages]
        environment = {**os.environ, **go_toolchain.BUILDING}
        done = subprocess.run(argv, cwd=work, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = "\n".join(done.stderr.splitlines()[-20:])
            raise RuntimeError(f"{self.what} was not built:\n{said}")
        return folder
