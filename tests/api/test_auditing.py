"""Every mutation and every refusal has its line, and nothing is changed where none can be written."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from api.app import build_app
from api.auditing import Auditing
from api.options import ApiOptions
from api.serving import Runner
from orchestrator.core.audit_check import Check
from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.audit import SqlAuditTrail
from tests.api.facade_double import FacadeDouble


@dataclass
class Audited:
    facade: FacadeDouble
    trail: SqlAuditTrail
    session: aiohttp.ClientSession
    file: Path

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, str]:
        given = None if body is None else body
        async with self.session.request(method, path, json=given, headers=headers) as answer:
            return answer.status, await answer.text()

    async def lines(self) -> list[AuditLine]:
        return list(await self.trail.read(AuditFilter(after=0, limit=1000)))

    async def last(self) -> AuditLine:
        (newest,) = await self.trail.read(AuditFilter(limit=1))
        return newest


class Start:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "audit.db"
        self._left: list[object] = []

    async def __call__(self, *, is_required: bool = True, facade: FacadeDouble | None = None) -> Audited:
        trail = await SqlAuditTrail.open(f"sqlite:///{self._file}")
        auditing = Auditing(trail, is_required=is_required, wall=time.time, monotonic=time.monotonic)
        behind = facade or FacadeDouble()
        options = ApiOptions(version="1", monotonic=time.monotonic)
        runner = Runner(build_app(behind, options, auditing=auditing), shutdown_timeout=2.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        session = aiohttp.ClientSession(f"http://{host}:{port}")
        self._left += [session, runner, trail]
        return Audited(behind, trail, session, self._file)

    async def stop(self) -> None:
        for one in self._left:
            if isinstance(one, Runner):
                await one.cleanup()
            else:
                await one.close()  # type: ignore[attr-defined]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    made = Start(tmp_path)
    yield made
    await made.stop()


@pytest.fixture
async def audited(start: Start) -> Audited:
    return await start()


def lock(file: Path) -> sqlite3.Connection:
    """Holds the file so that nobody else writes to it."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.store.sql_thread.BUSY_TIMEOUT_MS", 50)


async def test_a_mutation_has_its_line_before_it_is_answered(audited: Audited) -> None:
    status, _ = await audited.ask("POST", "/v1/api/kinds/Thing/pause", **{"X-Request-Id": "mine-1"})
    assert status == 200
    line = await audited.last()
    assert (line.method, line.route, line.kind) == ("POST", "/v1/api/kinds/{kind}/pause", "Thing")
    assert (line.actor, line.source, line.remote) == ("anonymous", "open", "127.0.0.1")
    assert (line.request_id, line.status, line.outcome) == ("mine-1", 200, Outcome.DONE)
    assert (line.before, line.after) == ({"paused": False}, {"paused": True})
    assert abs(line.at - time.time()) < 60


async def test_what_only_reads_has_none(audited: Audited) -> None:
    assert (await audited.ask("GET", "/v1/api/kinds"))[0] == 200
    assert (await audited.ask("GET", "/v1/api/kinds/Nothing"))[0] == 404
    assert await audited.lines() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "outcome"),
    [
        ("POST", "/v1/api/kinds/Nothing/pause", None, 404, Outcome.REFUSED),
        ("POST", "/v1/api/kinds/Thing/pause", {"no": "field"}, 400, Outcome.REFUSED),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate", {"maxInstances": 0}, 422, Outcome.REFUSED),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate?dryRun=true", {}, 200, Outcome.SHOWN),
        ("POST", "/v1/api/orchestrations/Thing/orchestrate", {}, 200, Outcome.DONE),
    ],
)
async def test_a_mutation_that_was_refused_or_only_shown_has_one_too(
    audited: Audited, method: str, path: str, body: object, status: int, outcome: Outcome
) -> None:
    found, said = await audited.ask(method, path, body)
    assert found == status, said
    line = await audited.last()
    assert (line.status, line.outcome) == (status, outcome)
    assert bool(line.detail) == (outcome is Outcome.REFUSED)


async def test_a_refusal_of_a_foreign_page_has_one_and_many_are_counted(audited: Audited) -> None:
    for _ in range(100):
        found, _ = await audited.ask("POST", "/v1/api/kinds/Thing/pause", Origin="https://evil.example")
        assert found == 403
    lines = await audited.lines()
    assert len(lines) == 20
    assert {line.status for line in lines} == {403}
    assert "evil.example" in lines[0].detail


async def test_refusals_that_were_counted_are_written_at_the_end(start: Start, tmp_path: Path) -> None:
    audited = await start()
    for _ in range(50):
        await audited.ask("POST", "/v1/api/kinds/Thing/pause", Origin="https://evil.example")
    await start.stop()
    start._left.clear()
    lines = await (await start()).lines()
    assert sum(line.count for line in lines) == 50
    assert lines[-1].count == 30


async def test_nothing_is_changed_where_the_trail_is_required_and_cannot_be_written(
    impatient: None, start: Start
) -> None:
    audited = await start()
    with closing(lock(audited.file)):
        status, said = await audited.ask("POST", "/v1/api/kinds/Thing/pause")
        assert status == 503
        assert "nothing was changed, since the audit trail cannot be written" in said
        assert audited.facade.calls == []
        assert (await audited.ask("GET", "/v1/api/kinds"))[0] == 200
    assert (await audited.ask("POST", "/v1/api/kinds/Thing/pause"))[0] == 200


async def test_what_is_not_required_is_written_later(
    impatient: None, start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("api.auditing.ROUND_S", 0.1)
    audited = await start(is_required=False)
    with closing(lock(audited.file)):
        assert (await audited.ask("POST", "/v1/api/kinds/Thing/pause", **{"X-Request-Id": "kept"}))[0] == 200
        assert any('"requestId":"kept"' in one.message for one in caplog.records)
    async with asyncio.timeout(20):
        while not await audited.lines():
            await asyncio.sleep(0.05)
    line = await audited.last()
    assert (line.request_id, line.outcome, line.after) == ("kept", Outcome.DONE, {"paused": True})


async def test_an_answer_whose_line_cannot_be_written_any_more_is_known_to_have_been_begun(
    impatient: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(FacadeDouble):
        async def pause_kind(self, kind: str, **given: object):  # type: ignore[no-untyped-def]
            locked.append(lock(audited.file))
            return await super().pause_kind(kind, **given)  # type: ignore[arg-type]

    locked: list[sqlite3.Connection] = []
    audited = await start(facade=Cut())
    status, _ = await audited.ask("POST", "/v1/api/kinds/Thing/pause")
    # It was carried out: to say that it was not would be worse.
    assert status == 200
    locked[0].close()
    (begun,) = await audited.trail.abandoned(time.time() + 1)
    assert (begun.outcome, begun.route) == (Outcome.UNKNOWN, "/v1/api/kinds/{kind}/pause")


async def test_the_trail_is_read_over_the_api_as_it_was_hashed(audited: Audited) -> None:
    for verb in ("pause", "resume", "pause"):
        await audited.ask("POST", f"/v1/api/kinds/Thing/{verb}")
    async with audited.session.get("/v1/api/audit?after=0&limit=2") as answer:
        first = await answer.json()
    async with audited.session.get(f"/v1/api/audit?after={first['next']}") as answer:
        second = await answer.json()
    assert second["next"] is None
    check = Check(second["head"]["hash"])
    for line in (*first["items"], *second["items"]):
        check.take(line)
    assert check.ended() is None
    assert check.head.sequence == second["head"]["sequence"] == 3
    async with audited.session.get("/v1/api/audit?outcome=done&kind=Thing&limit=1") as answer:
        assert [line["sequence"] for line in (await answer.json())["items"]] == [3]


@pytest.mark.parametrize("asked", ["outcome=never", "limit=0", "limit=501", "after=-1"])
async def test_a_wish_for_lines_that_cannot_be_met_is_refused(audited: Audited, asked: str) -> None:
    assert (await audited.ask("GET", f"/v1/api/audit?{asked}"))[0] == 422


async def test_each_route_that_changes_something_has_exactly_one_line(audited: Audited) -> None:
    async with audited.session.get("/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    asked = 0
    for path, methods in paths.items():
        for method in set(methods) & {"post", "put", "patch", "delete"}:
            if path.startswith("/v1/worker/"):
                continue
            filled = path.replace("{kind}", "Thing").replace("{resource}", "Thing").replace("{plan}", "7")
            filled = filled.replace("{shard}", "1").replace("{id}", "t5").replace("{name}", "ann")
            asked += 1
            name = {"X-Request-Id": f"asked-{asked}"}
            status, _ = await audited.ask(method.upper(), filled, {}, **name)
            lines = await audited.trail.read(AuditFilter(request_id=f"asked-{asked}"))
            assert [line.status for line in lines] == [status], f"{method} {path}"
            assert (lines[0].method, lines[0].route) == (method.upper(), path)
    assert asked > 25


@pytest.mark.parametrize("text", ["nul\0inside", "\u202e<script>", "x" * 400, "设备"])
async def test_a_hostile_id_is_audited_as_it_is(audited: Audited, text: str) -> None:
    from urllib.parse import quote

    path = f"/v1/api/kinds/Thing/pins/{quote(text, safe='')}"
    await audited.ask("PUT", path, {"shard": 1})
    line = await audited.last()
    assert line.target == "id " + text.replace("\0", "\\x00")
    assert (await audited.ask("GET", "/v1/api/audit"))[0] == 200
