"""The owner's lookup over HTTP while thousands of notifications a second are committed."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench import table
from bench.child import BrokenError
from bench.figure import Figure, middle_of
from bench.lookup import Server, serving
from bench.options import Options
from bench.real.burst import Burst
from bench.real.catalog import PostgresTable
from bench.real.product import settings_for
from bench.real.services import Services
from notify.endpoint import DEFAULT_TOPIC, Endpoint
from orchestrator.bootstrap.mqtt import endpoint_of

GOAL = 0.85
RATE = 5_000
OWNED = 50_000
WARM_UP_S = 0.7

Answer = dict[str, Any]


def scenario(options: Options, services: Services) -> list[Figure]:
    seconds = 1.0 if options.quick else 3.0
    engines = services.wanted("zookeeper", "mosquitto", "postgres")
    folder = options.folder / "real-lookup"
    folder.mkdir()
    each = int(RATE * (2 * seconds + 4))
    fresh = table.ids(each * options.runs, seed=17)
    catalog = PostgresTable.make(engines["catalog"]["url"], table.ids(OWNED))
    engines |= {"catalog": {"url": catalog.url}}
    (folder / "engines.json").write_text(json.dumps(engines), encoding="utf-8")
    endpoint = endpoint_of(settings_for(folder, engines).mqtt)
    with serving("bench.real.serving", str(folder)) as product, serving("bench.bare") as bare:
        catalog.add(fresh)
        for server in (product, bare):
            server.asked(0.5)
        rounds = []
        for number in range(options.runs):
            quiet = bare.asked(seconds)
            with _notified(endpoint, fresh[number * each : (number + 1) * each]):
                rounds.append(_round(product, bare, number, seconds) | {"quiet": quiet["rate"]})
    return _figures(options, rounds)


def _round(product: Server, bare: Server, number: int, seconds: float) -> Answer:
    """One after the other, in turns of order, while the product commits."""
    time.sleep(WARM_UP_S)
    before, begun = _committed(product), time.monotonic()
    first, second = (product, bare) if number % 2 == 0 else (bare, product)
    answers = {server.pid: server.asked(seconds) for server in (first, second)}
    rate = (_committed(product) - before) / (time.monotonic() - begun)
    ours, theirs = answers[product.pid], answers[bare.pid]
    return {
        "ours": ours["rate"],
        "theirs": theirs["rate"],
        "ours_p99": ours["p99"],
        "theirs_p99": theirs["p99"],
        "committed": rate,
    }


def _figures(options: Options, rounds: Sequence[Answer]) -> list[Figure]:
    late = [middle_of(rounds, name) * 1e3 for name in ("ours_p99", "theirs_p99")]
    ours, theirs, quiet = (middle_of(rounds, name) for name in ("ours", "theirs", "quiet"))
    return [
        Figure(
            name="real_lookup_loaded_rate_ratio",
            values=[one["ours"] / one["theirs"] for one in rounds],
            goal=options.goal(GOAL, at_least=True),
            made_of=f"{ours:,.0f}/s / {theirs:,.0f}/s beside the same work on the same core",
        ),
        Figure(
            name="real_lookup_loaded_to_idle_ratio",
            values=[one["ours"] / one["quiet"] for one in rounds],
            made_of=f"{ours:,.0f}/s / {quiet:,.0f}/s of the bare handler on an idle machine",
        ),
        Figure(
            name="real_lookup_loaded_p99_ratio",
            values=[one["ours_p99"] / one["theirs_p99"] for one in rounds],
            made_of=f"{late[0]:.1f} ms / {late[1]:.1f} ms",
        ),
        Figure(
            name="real_lookup_committed_ratio",
            values=[one["committed"] / RATE for one in rounds],
            goal=options.goal(0.95, at_least=True),
            made_of=f"{middle_of(rounds, 'committed'):,.0f}/s committed meanwhile, of {RATE:,}/s published",
        ),
    ]


def _committed(product: Server) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{product.port}/v1/api/overview", timeout=10) as answer:
        return int(json.load(answer)["counters"].get("decisions.assign", 0))


@contextmanager
def _notified(endpoint: Endpoint, rows: Sequence[str]) -> Iterator[None]:
    """These ids are announced meanwhile, ``RATE`` a second."""
    failed: list[BaseException] = []

    def publish() -> None:
        try:
            Burst(endpoint, DEFAULT_TOPIC).publish(rows, RATE)
        except BrokenError as error:
            failed.append(error)

    thread = threading.Thread(target=publish, name="burst", daemon=True)
    thread.start()
    yield
    thread.join()
    if failed:
        raise failed[0]
