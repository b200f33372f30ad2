"""Where Go comes from when the machine has none that is recent enough: real apt, a mirror in a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.services import go_toolchain
from tests.services.require import missing


@pytest.fixture(autouse=True)
def old_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose ``go`` is that of Debian 12, and whose cache is empty."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            missing(program, "this is no Debian")
    _program(tmp_path / "bin" / "go", "1.19.8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("SHARDWRIGHT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Two packages, as apt lists them; nobody signed the list."""
    folder = tmp_path / "mirror"
    for name in go_toolchain.PACKAGES:
        _package(folder, name, tmp_path / name, "1.24.4")
    _list(folder)
    return folder


def test_an_older_go_does_not_do_and_the_reason_names_both_versions() -> None:
    assert go_toolchain.found() is None
    assert (reason := go_toolchain.absent()) is not None
    assert "/bin/go is 1.19; wanted is 1.24 or later" in reason


def test_what_the_mirror_has_is_unpacked_ready_to_run_and_found_from_then_on(mirror: Path) -> None:
    program = go_toolchain.install(f"deb [trusted=yes] file://{mirror} ./")
    assert go_toolchain.version(str(program)) == (1, 24)
    assert (go_toolchain.found(), go_toolchain.absent()) == (program, None)
    assert program.resolve().is_relative_to(os.environ["SHARDWRIGHT_CACHE"])
    shutil.rmtree(mirror)
    assert go_toolchain.install(f"deb [trusted=yes] file://{mirror} ./") == program


def test_a_mirror_that_nobody_signed_is_refused_and_leaves_nothing(mirror: Path) -> None:
    with pytest.raises(RuntimeError, match="is not signed"):
        go_toolchain.install(f"deb [signed-by={go_toolchain.KEYRING}] file://{mirror} ./")
    _nothing_is_left()


def test_a_package_that_is_another_than_the_mirror_lists_is_refused(mirror: Path, tmp_path: Path) -> None:
    _package(mirror, go_toolchain.PACKAGES[0], tmp_path / "other", "1.24.5")
    with pytest.raises(RuntimeError, match=r"Hash Sum mismatch|unexpected size"):
        go_toolchain.install(f"deb [trusted=yes] file://{mirror} ./")
    _nothing_is_left()


def test_a_mirror_that_does_not_answer_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="apt-get ended with 100"):
        go_toolchain.install(f"deb [trusted=yes] file://{tmp_path / 'nowhere'} ./")
    _nothing_is_left()


def _nothing_is_left() -> None:
    assert list(Path(os.environ["SHARDWRIGHT_CACHE"]).iterdir()) == []
    assert go_toolchain.found() is None


def _program(path: Path, version: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    path.chmod(0o755)


def _package(mirror: Path, name: str, tree: Path, version: str) -> None:
    if name == go_toolchain.PACKAGES[0]:
        _program(tree / go_toolchain.PROGRAM, version)
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir(parents=True, exist_ok=True)
    fields = {"Version": "1", "Architecture": "all", "Maintainer": "nobody", "Description": name}
    control.write_text(f"Package: {name}\n" + "".join(f"{key}: {its}\n" for key, its in fields.items()))
    mirror.mkdir(exist_ok=True)
    target = str(mirror / f"{name}.deb")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(tree), target], check=True)


def _list(mirror: Path) -> None:
    entries = []
    for package in sorted(mirror.glob("*.deb")):
        said = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True)
        digest, size = _digest(package)
        entries.append(f"{said.stdout}Filename: ./{package.name}\nSize: {size}\nSHA256: {digest}\n")
    packages = mirror / "Packages"
    packages.write_text("\n".join(entries))
    digest, size = _digest(packages)
    date = "Sat, 09 Aug 2025 09:19:06 UTC"
    (mirror / "Release").write_text(f"Date: {date}\nSHA256:\n {digest} {size} Packages\n")


def _digest(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest(), len(content)
