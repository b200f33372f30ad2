"""The files of the console: what must hold of them without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from api.files import ROOT
from orchestrator.core.decisions import Reason

ROOT = Path(ROOT)
SCRIPTS = sorted(path for path in ROOT.rglob("*.js") if "i18n" not in path.parts)
AREAS = sorted(path.name for path in (ROOT / "i18n" / "en").glob("*.js"))
MOST_LINES = 250
# Names that are put together: what stands before the dot of the variable part.
_MADE = re.compile(r"\bt\(\s*`([a-z-]+(?:\.[a-z-]+)*\.)\$\{")
_NAMED = re.compile(r"\bt\(\s*\"([^\"]+)\"")
_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?\"(\.[^\"]+)\"", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def area(language: str, file: str) -> dict[str, str]:
    source = (ROOT / "i18n" / language / file).read_text(encoding="utf-8")
    return json.loads(source.removeprefix("export default ").rstrip().removesuffix(";"))


def texts(language: str) -> dict[str, str]:
    return {key: value for file in AREAS for key, value in area(language, file).items()}


HOW = "python -m tests.browser.preload"


def reached(*starts: str) -> set[str]:
    found: set[str] = set()
    left = [ROOT / start for start in starts]
    while left:
        path = left.pop()
        if name(path) in found:
            continue
        found.add(name(path))
        left += [(path.parent / each).resolve() for each in _IMPORT.findall(path.read_text(encoding="utf-8"))]
    return found


@pytest.mark.parametrize("file", AREAS)
def test_both_languages_have_the_same_texts_with_the_same_places(file: str) -> None:
    english, chinese = area("en", file), area("zh", file)
    assert list(english) == list(chinese) == sorted(english)
    for key, sentence in english.items():
        places = set(re.findall(r"\{(\w+)\}", sentence))
        assert places == set(re.findall(r"\{(\w+)\}", chinese[key])), key


def test_no_text_stands_in_two_areas() -> None:
    assert sum(len(area("en", file)) for file in AREAS) == len(texts("en"))


def test_every_text_that_a_script_names_is_there() -> None:
    known = texts("en")
    missing = {
        f"{name(path)}: {key}"
        for path in SCRIPTS
        for key in _NAMED.findall(path.read_text(encoding="utf-8"))
        if key not in known
    }
    unmade = {
        f"{name(path)}: {beginning}"
        for path in SCRIPTS
        for beginning in _MADE.findall(path.read_text(encoding="utf-8"))
        if not any(key.startswith(beginning) for key in known)
    }
    assert missing | unmade == set()


def test_every_reason_has_a_text() -> None:
    assert [reason for reason in Reason if f"reason.{reason.value}" not in texts("en")] == []


def test_an_element_has_a_file_of_its_name_and_a_file_one_element() -> None:
    for path in [*(ROOT / "elements").glob("*.js"), *(ROOT / "pages").glob("*.js")]:
        defined = re.findall(r"customElements\.define\(\"([^\"]+)\"", path.read_text(encoding="utf-8"))
        assert defined == [path.stem], name(path)


def test_only_one_module_opens_a_stream() -> None:
    assert [name(path) for path in SCRIPTS if "new EventSource" in path.read_text(encoding="utf-8")] == [
        "lib/live.js"
    ]


def test_nothing_is_written_as_markup() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|"
        r"setAttribute\(\"style\""
    )
    assert [name(path) for path in SCRIPTS if forbidden.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_comes_from_elsewhere() -> None:
    for path in [*ROOT.rglob("*.js"), *ROOT.rglob("*.html"), *ROOT.rglob("*.css")]:
        source = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", source, re.IGNORECASE), name(path)


def test_no_file_is_longer_than_it_may_be() -> None:
    long = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SCRIPTS}
    assert {path: lines for path, lines in long.items() if lines > MOST_LINES} == {}


def test_what_the_first_page_needs_is_asked_for_at_once() -> None:
    """A chain of imports would cost a journey to the server for each of its links."""
    html = (ROOT / "index.html").read_text(encoding="utf-8")
    preloaded = set(re.findall(r"modulepreload\" href=\"/console/([^\"]+)\"", html))
    assert preloaded == reached("app.js", "pages/sw-page-overview.js") - {"app.js"}, HOW


def test_every_page_that_is_routed_to_is_there() -> None:
    routed = re.findall(r"route\(\"[^\"]+\", \"([^\"]+)\"\)", (ROOT / "app.js").read_text(encoding="utf-8"))
    assert len(routed) > 8
    assert [tag for tag in routed if not (ROOT / "pages" / f"{tag}.js").is_file()] == []
