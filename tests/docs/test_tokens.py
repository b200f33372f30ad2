"""Commands of the pages show a token where a server with accounts asks for one."""

from __future__ import annotations

import re

from tests.docs.pages import name, pages

ASKS = re.compile(r"^\$ .*\bcurl\b.*(/metrics|\?verbose)")
INSIDE = re.compile(r"docker exec [^`]*shardwright shardwright (?!doctor|config)")


def test_what_needs_a_viewer_is_asked_with_a_token() -> None:
    bare = [
        f"{name(page)}:{number}"
        for page in pages()
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if (ASKS.search(line) and "Authorization: Bearer" not in line)
        or ((found := INSIDE.search(line)) and "SHARDWRIGHT_TOKEN" not in found[0])
    ]
    assert not bare
