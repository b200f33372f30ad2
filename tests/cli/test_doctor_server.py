"""What the doctor says of a server that runs."""

from __future__ import annotations

import pytest
from cli_double import ApiDouble

from orchestrator.cli.doctor import reach
from shardwright_client import NO_RETRY, Client


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_to_know_who_asks_is_not_in_trouble(api: ApiDouble, status: int) -> None:
    api.answers["/v1/api/overview"] = (status, {"title": "Refused", "status": status})
    (found,) = reach.server(Client(api.url, retry=NO_RETRY))
    assert (found.name, found.ok) == ("server", None)
    assert api.url in found.detail and "SHARDWRIGHT_TOKEN" in found.mend


def test_a_server_that_fails_is_in_trouble(api: ApiDouble) -> None:
    api.answers["/v1/api/overview"] = (500, {"title": "Internal Server Error", "status": 500})
    (found,) = reach.server(Client(api.url, retry=NO_RETRY))
    assert (found.name, found.ok) == ("server", False)
