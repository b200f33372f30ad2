"""Whether the ensemble can be reached and used, and how old each of its servers is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from orchestrator.bootstrap.zookeeper import options_of
from orchestrator.cli.doctor.checks import Finding
from orchestrator.cli.doctor.probing import ANSWER_S, Probe
from orchestrator.errors import Unavailable
from orchestrator.settings.store import Zookeeper
from orchestrator.store.zookeeper_check import is_sound, server_version, try_session


def zookeeper_probes(wanted: Zookeeper) -> Iterator[Probe]:
    """One for the session, and one for each server."""
    mend = "start the ensemble, or correct store.zookeeper (hosts, account, tls)"
    yield Probe(name="zookeeper", ask=partial(_session, wanted), mend=mend)
    for number, (host, port) in enumerate(wanted.servers, 1):
        name = f"zookeeper server {number}"
        ask = partial(_server, wanted, name, host, port)
        yield Probe(name=name, ask=ask, mend="start it, or correct store.zookeeper.hosts")


def _session(wanted: Zookeeper) -> Iterator[Finding]:
    session = try_session(options_of(wanted), ANSWER_S)
    state = "is there and can be used" if session.exists else "can be made"
    asked, granted = wanted.session_timeout, session.granted_s
    yield Finding(
        name="zookeeper", ok=True, detail=f"{wanted.hosts}: {wanted.root} {state}, session {granted:g} s"
    )
    if granted > asked * 1.1:
        yield Finding(
            name="zookeeper session",
            ok=True,
            detail=f"{granted:g} s were granted where {asked:g} s were asked for: a new leader comes later",
            mend="lower the servers' tickTime or minSessionTimeout, or raise store.zookeeper.session_timeout",
            warns=True,
        )


def _server(wanted: Zookeeper, name: str, host: str, port: int) -> Iterator[Finding]:
    where = f"{host}:{port}"
    options = options_of(wanted)
    try:
        version = server_version(options, host, port, ANSWER_S)
    except Unavailable as exc:
        # The ensemble may do without it, which the session tells.
        mend = "start it, or take it out of store.zookeeper.hosts"
        yield Finding(name=name, ok=True, detail=str(exc), mend=mend, warns=True)
        return
    if version is None:
        detail = f"{where} does not tell its version (4lw.commands.whitelist is without srvr)"
        yield Finding(name=name, ok=None, detail=detail, mend="see that it is 3.8.6, 3.9.5 or later")
        return
    told = ".".join(map(str, version))
    yield Finding(
        name=name,
        ok=True,
        detail=f"{where} is version {told}" + ("" if is_sound(version) else ", which has known defects"),
        mend="" if is_sound(version) else "bring it to 3.8.6, 3.9.5 or later",
        warns=not is_sound(version),
    )
