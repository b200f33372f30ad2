"""``python -m release.sbom [FILE]``: the bill of materials of the server, as CycloneDX 1.6 in JSON."""

from __future__ import annotations

import configparser
import datetime
import importlib.metadata
import json
import sys
from email.message import Message
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from release.requirements import Pin, canonical, name_of, pins, wanted
from release.tree import ROOT, epoch

PRODUCT = "shardwright"


def bill(version: str, found: list[Pin], at: int) -> dict[str, Any]:
    """The document. The same pins give the same one; ``at`` is the time of the release in epoch seconds."""
    components = [component(pin) for pin in found]
    reference = f"pkg:pypi/{PRODUCT}@{version}"
    serial = uuid5(NAMESPACE_URL, json.dumps(components, sort_keys=True) + reference)
    direct = {name_of(line) for line in wanted()}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": reference,
                "name": PRODUCT,
                "version": version,
                "purl": reference,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": reference, "dependsOn": [purl(pin) for pin in found if pin.name in direct]},
            *({"ref": purl(pin), "dependsOn": [purl(each) for each in needs(pin, found)]} for pin in found),
        ],
    }


def component(pin: Pin) -> dict[str, Any]:
    """One distribution: its licence as its metadata say it, where that version is installed here."""
    licence = licence_of(pin)
    return {
        "type": "library",
        "bom-ref": purl(pin),
        "name": pin.name,
        "version": pin.version,
        "purl": purl(pin),
        **({"licenses": [licence]} if licence else {}),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{pin.name}/{pin.version}/",
                "hashes": [{"alg": "SHA-256", "content": one} for one in pin.hashes],
            }
        ],
    }


def purl(pin: Pin) -> str:
    return f"pkg:pypi/{pin.name}@{pin.version}"


def licence_of(pin: Pin) -> dict[str, Any] | None:
    """An SPDX expression where there is one, else the name that the distribution gives; None: not known."""
    said = installed(pin)
    if said is None:
        return None
    if expression := said.get("License-Expression"):
        return {"expression": expression}
    names = [
        line.rpartition(" :: ")[2]
        for line in said.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    short = (said.get("License") or "").strip()
    name = " / ".join(names) or (short if short and "\n" not in short else "")
    return {"license": {"name": name}} if name else None


def needs(pin: Pin, found: list[Pin]) -> list[Pin]:
    """Those of the pins that this one asks for, by its metadata, whatever the extra or the platform."""
    said = installed(pin)
    names = {name_of(line) for line in (said.get_all("Requires-Dist") or [])} if said is not None else set()
    return [each for each in found if each.name in names and each != pin]


def installed(pin: Pin) -> Message | None:
    try:
        found = importlib.metadata.distribution(pin.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    same = found.version == pin.version and canonical(found.metadata["Name"]) == pin.name
    # What it really is; the protocol that it is declared as lacks half of the methods.
    return cast(Message, found.metadata) if same else None


def main() -> int:
    """Write the file that is named, else one in ``dist``; prints where and how much."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    version = setup["metadata"]["version"]
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / f"{PRODUCT}-{version}.cdx.json"
    made = bill(version, pins(), epoch())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    known = sum("licenses" in each for each in made["components"])
    print(f"{file}: {len(made['components'])} components, the licences of {known} known")
    return 0


if __name__ == "__main__":
    sys.exit(main())
