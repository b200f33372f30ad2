"""Each alert has a runbook, and each runbook was tried: trouble, alert, commands of the page, over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.observability.runbook import PAGE, commands, labels, sections
from tests.observability.test_rules import alerts
from tests.observability.trials import TRIALS, Trial
from tests.observability.troubled import Troubled
from tests.services import zookeeper

PARTS = ("Means", "Look", "Causes", "Over", "Call")
ALERTS = sorted(rule["alert"] for rule in alerts())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """One server for all trials."""
    ensemble = zookeeper.own(tmp_path_factory.mktemp("zookeeper"))
    product = Troubled(tmp_path_factory.mktemp("troubled"), ensemble)
    try:
        ensemble.start()
        product.start()
        yield product
    finally:
        product.clean_up()
        ensemble.stop()
    assert "Traceback" not in product.said(), product.said()[-4000:]


@pytest.fixture
def product(installed: Troubled) -> Troubled:
    installed.calm()
    return installed


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("trial", list(dict.fromkeys(TRIALS.values())), ids=lambda trial: trial.__name__)
def test_a_runbook_leads_out_of_the_trouble_that_it_tells_of(product: Troubled, trial: Trial) -> None:
    trial(product)


def test_each_alert_has_a_runbook_and_each_runbook_was_tried() -> None:
    assert sorted(sections()) == ALERTS == sorted(TRIALS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_runbook_says_what_it_means_how_to_look_why_what_to_do_and_whom_to_call(alert: str) -> None:
    said = list(labels(sections()[alert]))
    assert set(PARTS) <= set(said)
    assert [each for each in said if each in PARTS] == list(PARTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_runbook_has_commands_to_look_with(alert: str) -> None:
    assert commands(alert)["Look"]


def test_each_alert_names_its_runbook() -> None:
    for rule in alerts():
        url = urlsplit(rule["annotations"]["runbook_url"])
        assert PAGE.as_posix().endswith(url.path), rule["alert"]
        assert url.fragment == rule["alert"].lower()


def test_what_the_alerts_ask_to_be_run_stands_in_their_runbooks() -> None:
    for rule in alerts():
        text = "\n".join(line for _, line in sections()[rule["alert"]])
        for command in re.findall(r"`shardwright (\w+)", rule["annotations"]["description"]):
            assert f"shardwright {command}" in text, rule["alert"]
