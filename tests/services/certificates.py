"""Certificates of the day for tests: an authority, and what it vouches for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.services.require import missing


class Authority:
    """``ca``: its certificate, in PEM. Files are made in ``folder``."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        if shutil.which("openssl") is None:
            missing("certificates", "there is no openssl on the PATH")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.ca, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                      "-keyout", self._key, "-out", self.ca)  # fmt: skip

    def vouch(self, name: str, alternative: str) -> Path:
        """A key and its certificate in one PEM file; ``alternative`` such as ``IP:127.0.0.1``."""
        key, request = self._folder / f"{name}.key", self._folder / f"{name}.csr"
        certificate, both = self._folder / f"{name}.crt", self._folder / f"{name}.pem"
        extensions = self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", request)  # fmt: skip
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial",
                      "-days", "2", "-extfile", extensions, "-out", certificate)  # fmt: skip
        both.write_text(key.read_text() + certificate.read_text())
        return both

    def _openssl(self, *arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
