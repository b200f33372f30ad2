"""The configuration for production with its files in a folder, as a deployment would mount them."""

from __future__ import annotations

import re
from pathlib import Path

DEPLOYED = Path(__file__).parents[2] / "deploy" / "config.production.yaml"
PEM = "-----BEGIN CERTIFICATE-----\n"


def mounted(folder: Path) -> Path:
    """A copy of the file whose paths are in the folder, and each file that it names."""
    text = DEPLOYED.read_text(encoding="utf-8")
    for name in set(re.findall(r"/(?:run/secrets|etc)/shardwright/[\w/.-]+", text)):
        file = folder / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PEM if "tls" in name or name.endswith(".key") else "hunter2\n", encoding="utf-8")
        file.chmod(0o600)
    for root in ("/run/secrets", "/etc/shardwright", "/var/lib"):
        text = text.replace(root, f"{folder}{root}")
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path
