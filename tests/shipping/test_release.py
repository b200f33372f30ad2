"""What a release is made of fits together: versions, constraints, bill of materials, an audit's answer."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement

from release.audit import CLEAN, FLAWED, UNKNOWN, judged
from release.requirements import Pin, name_of, pins, wanted
from release.sbom import bill
from release.tree import ROOT


def version_of_the_server() -> str:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup["metadata"]["version"]


@pytest.mark.parametrize("part", ["worker", "client"])
def test_server_worker_and_client_have_one_version(part: str) -> None:
    project = tomllib.loads((ROOT / part / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == version_of_the_server()
    assert project["license"] == "Apache-2.0"


def test_the_change_log_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\d+\.\d+\.\d+)", text, re.MULTILINE)[0] == version_of_the_server()


@pytest.mark.parametrize("line", wanted())
def test_the_constraints_give_what_is_asked_for(line: str) -> None:
    [pin] = [each for each in pins() if each.name == name_of(line)]
    assert Requirement(line).specifier.contains(pin.version), "run: make constraints"


def test_the_constraints_name_each_distribution_once() -> None:
    names = [pin.name for pin in pins()]
    assert len(names) == len(set(names)) > len(wanted())
    assert not [name for name in names if name.startswith("shardwright")]


def test_the_bill_of_materials_has_every_pin_with_its_hashes_and_most_licences() -> None:
    made = bill("0.1.0", pins(), at=0)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    listed = {one["bom-ref"]: one for one in made["components"]}
    assert len(listed) == len(pins())
    for pin in pins():
        [files] = listed[f"pkg:pypi/{pin.name}@{pin.version}"]["externalReferences"]
        assert {each["content"] for each in files["hashes"]} == set(pin.hashes)
    known = [ref for ref, one in listed.items() if "licenses" in one]
    assert len(known) > len(listed) / 2
    references = {*listed, made["metadata"]["component"]["bom-ref"]}
    for entry in made["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= references
    assert json.dumps(made) == json.dumps(bill("0.1.0", pins(), at=0))


def found(name: str, *flaws: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0",
        "vulns": [{"id": flaw, "fix_versions": ["1.1"]} for flaw in flaws],
    }


def test_an_audit_that_was_not_answered_is_no_clean_bill() -> None:
    skipped = {"name": "b", "skip_reason": "not found on PyPI"}
    assert judged([found("a"), found("b")], {"a", "b"})[0] == CLEAN
    assert judged([found("a"), skipped], {"a", "b"})[0] == UNKNOWN
    assert judged([found("a")], {"a", "b"})[0] == UNKNOWN
    assert judged([found("a", "CVE-1"), skipped], {"a", "b"})[0] == FLAWED


def test_a_pin_without_a_hash_is_refused(tmp_path: Any) -> None:
    file = tmp_path / "constraints.txt"
    file.write_text(f"a==1.0 \\\n    --hash=sha256:{'0' * 64}\nb==2.0\n")
    with pytest.raises(ValueError, match="b has no hash"):
        pins(file)
    file.write_text(
        f"# said\nA_b==1.0 ; x \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n"
    )
    assert pins(file) == [Pin("a-b", "1.0", ("0" * 64, "1" * 64))]
