"""The page for trying the API out: ours, with nothing from elsewhere, and a policy of its own."""

from __future__ import annotations

import re

import pytest

from api import docs
from api.headers import POLICY
from tests.api.conftest import Served
from tests.api.problems import problem


async def test_the_page_names_files_of_this_server_only(served: Served) -> None:
    async with served.get("/docs") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        page = await answer.text()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "/docs/swagger-ui-bundle.js" in named
    for path in named:
        assert path.startswith("/") and not path.startswith("//")
        async with served.get(path) as answer:
            assert answer.status == 200, path
    assert "<script>" not in page and "style=" not in page


async def test_its_policy_is_its_own_and_lets_nothing_in_from_elsewhere(served: Served) -> None:
    for path in ("/docs", "/docs/init.js", "/docs/swagger-ui.css"):
        async with served.get(path) as answer:
            said = answer.headers["Content-Security-Policy"]
            assert said == docs.POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in docs.POLICY and "http" not in docs.POLICY and "*" not in docs.POLICY
    assert "default-src 'none'" in docs.POLICY and "frame-ancestors 'none'" in docs.POLICY
    for path in ("/", "/console/app.js", "/openapi.json", "/docs/../"):
        async with served.get(path) as answer:
            assert answer.headers["Content-Security-Policy"] == POLICY


async def test_only_what_the_page_needs_is_served(served: Served) -> None:
    for name in ("swagger-editor-bundle.js", "oauth2-redirect.html", "LICENSE", "..%2fcore.py", "%2e%2e"):
        async with served.get(f"/docs/{name}") as answer:
            await problem(answer, 404)
    async with served.get("/docs/init.js") as answer:
        tag = answer.headers["ETag"]
    async with served.get("/docs/init.js", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304


async def test_without_swagger_ui_the_document_is_still_there(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "PACKAGE", "no_such_package")
    async with served.get("/docs") as answer:
        assert "/openapi.json" in (await problem(answer, 404))["detail"]
    async with served.get("/openapi.json") as answer:
        assert answer.status == 200
