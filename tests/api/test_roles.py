"""Every route, as everybody: what the document says of roles is what happens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.route import Route
from api.stream import Streams
from api.table import all_routes
from orchestrator.core.access import Role
from tests.api.accounts import Guarded, bearer, call, guarded
from tests.api.conftest import Served
from tests.api.problems import problem

__all__ = ["guarded"]

ROLES = ("nobody", "viewer", "operator", "admin")
SAMPLES = {"kind": "Thing", "resource": "Thing", "id": "t-1", "shard": "3", "plan": "1", "user": "nina"}
PAGE = {"/", "/console/", "/console/{path}"}
Operation = tuple[str, str, dict[str, Any]]


async def document(served: Served, headers: dict[str, str]) -> dict[str, Any]:
    status, said = await call(served, "GET", "/openapi.json", headers=headers)
    assert status == 200
    return dict(said)


def operations(said: dict[str, Any]) -> Iterator[Operation]:
    """Method, a path that can be asked, and what the document says of it."""
    for path, item in said["paths"].items():
        for method, told in item.items():
            yield method.upper(), re.sub(r"{(\w+)}", lambda name: SAMPLES.get(name[1], "x1"), path), told


async def refused(served: Served, method: str, path: str, headers: dict[str, str]) -> int | None:
    """The status with which the role was found too low, None where it was not."""
    given = {} if method == "GET" else {"json": {}}
    async with served.request(method, path, headers=headers, **given) as answer:
        if answer.status not in (401, 403):
            return None
        said = json.loads(await answer.text())
        return answer.status if "this needs the role" in said["detail"] else None


async def test_every_route_takes_exactly_the_role_that_the_document_names(guarded: Guarded) -> None:
    headers = {role: await guarded.token(f"all-{role}", role) for role in ROLES[1:]}
    headers["nobody"] = {}
    told = await document(guarded.served, headers["viewer"])
    judged = 0
    for method, path, said in operations(told):
        needs = said["x-role"]
        for role in ROLES:
            expected = None
            if needs != "worker" and ROLES.index(role) < ROLES.index(needs):
                expected = 401 if role == "nobody" else 403
            found = await refused(guarded.served, method, path, headers[role])
            assert found == expected, f"{method} {path} as {role}"
            judged += 1
    assert judged > 200


async def test_a_role_for_one_kind_is_none_for_another_and_none_for_the_server(guarded: Guarded) -> None:
    headers = await guarded.token("thing-admin", "admin:Thing")
    rules = await guarded.token("rule-admin", "admin:Rule")
    told = await document(guarded.served, headers)
    of_one_kind = 0
    for method, path, said in operations(told):
        if said["x-role"] in ("nobody", "worker"):
            continue
        if "/Thing" in path:
            of_one_kind += 1
            assert await refused(guarded.served, method, path, headers) is None, f"{method} {path}"
            assert await refused(guarded.served, method, path, rules) == 403, f"{method} {path}"
        elif said["x-role"] != "viewer":
            assert await refused(guarded.served, method, path, headers) == 403, f"{method} {path}"
    assert of_one_kind > 30


async def test_who_may_read_one_kind_sees_no_other_one(guarded: Guarded) -> None:
    headers = await guarded.token("rita", "viewer:Rule")
    for path, kinds in (("/v1/api/kinds", {"Rule"}), ("/v1/api/overview", {"Rule"})):
        status, said = await call(guarded.served, "GET", path, headers=headers)
        shown = {one["kind"] for one in said.get("items", said.get("kinds", []))}
        assert (status, shown) == (200, kinds), path
    status, said = await call(guarded.served, "GET", "/v1/api/instances", headers=headers)
    assert status == 200 and all(one["kind"] == "Rule" for one in said["items"])
    for path in ("/v1/api/instances?kind=Thing", "/v1/api/events", "/v1/api/events?kind=Thing"):
        async with guarded.served.get(path, headers=headers) as answer:
            assert "this needs the role viewer" in (await problem(answer, 403))["detail"]


@pytest.mark.parametrize(
    "credential",
    [
        bearer("swt_0123456789ab_" + "0" * 64),
        bearer("swt_x"),
        bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
        bearer("ü" * 3),
        bearer("a" * 8_000),
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Cookie": "shardwright_session=" + "a" * 43},
        {"Cookie": "shardwright_session="},
    ],
    ids=lambda one: next(iter(one.values()))[:24],
)
async def test_what_proves_nothing_is_refused_everywhere_in_the_same_words(
    guarded: Guarded, credential: dict[str, str]
) -> None:
    said = set()
    for path in ("/v1/api/kinds", "/v1/api/kinds/Nothing", "/v1/api/users"):
        async with guarded.served.get(path, headers=credential) as answer:
            found = await problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            said.add(found["detail"].partition(",")[0])
    assert len(said) == 1


async def test_a_path_that_is_not_there_is_told_to_nobody_apart(guarded: Guarded) -> None:
    async with guarded.served.get("/v1/api/nothing") as answer:
        await problem(answer, 404)
    async with guarded.served.request("PUT", "/v1/api/kinds") as answer:
        await problem(answer, 405)


async def test_every_registered_route_is_judged_and_only_the_page_is_for_everybody(guarded: Guarded) -> None:
    router = guarded.served.runner.app.router
    assert all(guarded.access.knows(route) for route in router.routes())
    free = {
        route.resource.canonical
        for route in router.routes()
        if route.resource is not None and guarded.access.is_for_everybody(route)
    }
    known = {"/livez", "/readyz", "/v1/api/session", "/v1/worker/{kind}/{shard}/sync"}
    assert free - PAGE - {path for path in free if path.startswith("/docs")} == known


async def test_a_route_that_nobody_made_known_takes_the_highest_role(guarded: Guarded) -> None:
    forgotten = next(
        route
        for route in guarded.served.runner.app.router.routes()
        if route.method == "GET" and route.resource and route.resource.canonical == "/v1/api/kinds"
    )
    guarded.access.forget(forgotten)
    for role, status in (("viewer", 403), ("operator", 403), ("admin", 200)):
        headers = await guarded.token(role, role)
        async with guarded.served.get("/v1/api/kinds", headers=headers) as answer:
            assert answer.status == status


def test_a_change_takes_an_operator_unless_its_route_says_more() -> None:
    def needs(method: str, path: str) -> Role:
        (found,) = [one for one in all_routes(Streams()) if (one.method, one.path) == (method, path)]
        assert isinstance(found, Route)
        return found.needs

    assert needs("GET", "/v1/api/kinds") is Role.VIEWER
    assert needs("POST", "/v1/api/kinds/{kind}/resync") is Role.OPERATOR
    for path in (
        "/v1/api/kinds/{kind}/removals/accept",
        "/v1/api/kinds/{kind}/place/accept",
        "/v1/api/kinds/{kind}/instances/kill",
        "/v1/api/instances/{kind}/{shard}/fence",
        "/v1/api/leader/resign",
        "/v1/api/upgrade/finalize",
        "/v1/api/users",
    ):
        assert needs("POST", path) is Role.ADMIN, path


async def test_an_open_server_asks_nobody(served: Served) -> None:
    status, said = await call(served, "GET", "/v1/api/session")
    assert (status, said["mode"], said["name"], said["role"]) == (200, "open", "anonymous", "admin")
    assert said["kinds"] == {"Rule": "admin", "Thing": "admin"} and said["signIn"] == []
    for method, path in (("POST", "/v1/api/session"), ("GET", "/v1/api/users"), ("GET", "/v1/api/tokens")):
        given = {"json": {}} if method == "POST" else {}
        async with served.request(method, path, **given) as answer:
            assert "this server is open" in (await problem(answer, 409))["detail"]
