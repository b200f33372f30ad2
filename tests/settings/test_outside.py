"""Pages of other programs: which addresses can be named."""

from __future__ import annotations

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load


@pytest.mark.parametrize(
    "url",
    [
        "https://grafana.example.org/d/shardwright?var-kind={kind}&var-shard={shard}",
        'https://g.example.org/explore?left={"queries":[{"expr":"{pod=\\"{instance}\\"}"}]}',
        "http://127.0.0.1:3000/#{id}",
    ],
)
def test_an_address_may_name_what_a_page_is_about(url: str) -> None:
    (link,) = load(None, {}, {"api.links": [{"name": "Grafana", "url": url}]}).api.links
    assert link.url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("javascript:alert(1)", "must be http(s)://"),
        ("//grafana.example.org/", "must be http(s)://"),
        ("https://{kind}.example.org/", "whose host is written out"),
        ("https://ann:secret@example.org/", "without user"),
        ("https://example.org/{shrad}", "names {shrad}; allowed: {kind}, {shard}, {instance}, {id}"),
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"api\.links") as refused:
        load(None, {}, {"api.links": [{"name": "Grafana", "url": url}]})
    assert said in str(refused.value)
