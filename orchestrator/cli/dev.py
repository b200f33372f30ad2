"""``shardwright dev``: the product on real services that are started for it and thrown away afterwards."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli.failure import Exit, Failure
from orchestrator.cli.printing import say

CHECKOUT = Path(__file__).parents[2]
SERVICES = ("zookeeper", "kafka", "mosquitto", "postgres", "mysql", "kubernetes")


def _names(value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if unknown := [name for name in names if name not in SERVICES]:
        raise typer.BadParameter(f"{', '.join(unknown)} is no service; allowed: {', '.join(SERVICES)}")
    if {"postgres", "mysql"} <= set(names):
        raise typer.BadParameter("postgres and mysql both hold the catalog; name one of them")
    return names


def dev(
    services: Annotated[
        str,
        typer.Option("--with", metavar="NAMES", help=f"Real services, of {', '.join(SERVICES)}."),
    ] = "",
    replicas: Annotated[
        int, typer.Option("--replicas", metavar="N", min=1, max=5, help="How many orchestrators.")
    ] = 1,
    zookeepers: Annotated[
        int, typer.Option("--zookeepers", metavar="N", min=1, max=3, help="Nodes of ZooKeeper: 1 or 3.")
    ] = 1,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where all of it keeps its files.")
    ] = Path("data/dev"),
) -> None:
    """Run the product on any mix of real services, until it is interrupted. Needs a checkout.

    What is not named stays embedded. Everything that is written is below the folder, and is emptied at
    the next start.
    """
    names = _names(services)
    if replicas > 1 and "zookeeper" not in names:
        raise typer.BadParameter("several replicas need --with zookeeper: an embedded store has one user")
    if replicas > 1 and "mosquitto" not in names:
        raise typer.BadParameter(
            "several replicas need --with mosquitto: an embedded broker speaks to its own"
        )
    if zookeepers == 2:
        raise typer.BadParameter("2 nodes of ZooKeeper bear no loss; allowed: 1 or 3")
    development = _development(folder.absolute(), names, replicas=replicas, zookeepers=zookeepers)
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    try:
        for line in development.start():
            say([line])
            if told.is_set():
                break
        while not told.wait(1.0):
            if ended := development.ended():
                raise Failure(Exit.FAILED, f"{ended} ended by itself", f"see {development.folder}")
    except (RuntimeError, AssertionError, OSError) as error:
        raise Failure(Exit.UNAVAILABLE, "a service could not be started", str(error)) from error
    finally:
        say(["stopping ..."])
        development.stop()


def _development(folder: Path, names: list[str], **options: Any) -> Any:
    # The launchers of the services are those of the tests, which an installation does not have.
    if not (CHECKOUT / "tests" / "services").is_dir():
        raise Failure(
            Exit.FAILED, "dev works in a checkout only", "the services are started by tests/services there"
        )
    sys.path.insert(0, str(CHECKOUT))
    try:
        module = importlib.import_module("tests.services.development")
    except ImportError as error:
        raise Failure(Exit.FAILED, f"{error.name} is not installed", "make test installs it") from error
    return module.Development(folder, names, **options)
