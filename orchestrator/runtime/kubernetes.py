"""Runs instances as pods of Kubernetes: at most one a shard, for a namespace has one pod of a name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from orchestrator.errors import Unavailable
from orchestrator.ports import EnsureResult, InstanceSeen, InstanceSpec, Phase, Rejected, Usage
from orchestrator.runtime.kubernetes_access import KubernetesAccess
from orchestrator.runtime.kubernetes_fit import Wanted
from orchestrator.runtime.kubernetes_identity import manifest_of
from orchestrator.runtime.kubernetes_link import Link
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.kubernetes_phase import Found
from orchestrator.runtime.kubernetes_pods import Pods
from orchestrator.runtime.kubernetes_sightings import Sightings
from orchestrator.runtime.kubernetes_start import start
from orchestrator.runtime.kubernetes_usage import PodUsage
from orchestrator.runtime.kubernetes_watch import Watch
from orchestrator.runtime.news import Feed, Subscription
from orchestrator.runtime.places import Key
from orchestrator.runtime.template import InvalidTemplate, load


class KubernetesRuntime:
    """The Runtime port over the pods of one namespace. Made by ``open``, or on a running loop.

    ``cluster``: the installation's name, in the mark of each pod. ``variables``: by kind, the variable
    that holds the shard's number (default INSTANCE_ID). ``wall``: seconds since the epoch;
    ``monotonic``: seconds, by which a pod that has ended is kept.
    """

    def __init__(
        self,
        options: KubernetesOptions,
        *,
        cluster: str,
        variables: Mapping[str, str] | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._cluster = cluster
        self._variables = dict(variables or {})
        self._link = Link(options)
        self._pods = Pods(self._link, options, cluster, wall)
        self._used = PodUsage(self._link, options.namespace)
        self._feed = Feed()
        self._sightings = Sightings(self._feed, monotonic)
        self._watch: Watch | None = None
        self._place: str | None = None
        self._closed = False

    @classmethod
    async def open(
        cls,
        options: KubernetesOptions,
        *,
        cluster: str,
        variables: Mapping[str, str] | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> KubernetesRuntime:
        """Nothing is asked of Kubernetes yet: it may come later; until then every call raises Unavailable."""
        return cls(options, cluster=cluster, variables=variables, wall=wall, monotonic=monotonic)

    @property
    def trouble(self) -> str:
        """Why changes are not heard of as they happen; empty while they are, or nobody listens."""
        return "" if self._watch is None else self._watch.trouble

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        try:
            manifest = manifest_of(
                spec,
                cluster=self._cluster,
                variable=self._variables.get(spec.kind),
                allow_privileged=self._options.allow_privileged,
            )
        except InvalidTemplate as wrong:
            return Rejected(detail=" ".join(map(str, wrong.args)))
        name = manifest["metadata"]["name"]
        over = [
            one
            for one in self._sightings.of((spec.kind, spec.shard))
            if one.name == name and _has_ended(one) and one.seen.incarnation < spec.incarnation
        ]
        result, there = await self._link.call(start, self._pods, spec, manifest, over)
        if there is not None:
            self._sightings.note(there)
        return result

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        def ask(one: Found) -> bool:
            return self._pods.delete(one.name, one.seen.uid, grace_s=grace_s)

        await self._end((kind, shard), incarnation, ask)

    async def force(self, kind: str, shard: int, uid: str) -> None:
        for one in await self._read((kind, shard)):
            if one.seen.uid == uid and not _has_ended(one):
                await self._link.call(self._pods.forget, one.name, uid)

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        census = await self._link.call(self._pods.census)
        self._sightings.note_all(census)
        pods = [one for one in census.pods if one.seen.kind == kind]
        old = [one for one in pods if self._sightings.ended_for(one) > self._options.ended_kept_s]
        await self._clear_away(old)
        # Who may still run comes last, and among those the newest: one answer a shard is what counts.
        rest = [one.seen for one in pods if one not in old]
        return sorted(rest, key=lambda seen: (seen.shard, seen.phase is not Phase.ENDED, seen.incarnation))

    def news(self) -> Subscription:
        subscription = self._feed.subscribe()
        if self._watch is None and not self._closed:
            self._watch = Watch(
                self._pods,
                listed=self._sightings.note_all,
                changed=self._sightings.note,
                gone=self._sightings.gone,
            )
        return subscription

    async def place(self) -> str:
        if self._place is None:
            uid = await self._link.call(self._pods.namespace_uid)
            self._place = f"namespace {self._options.namespace} ({uid})" if uid else ""
        return self._place

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        access = KubernetesAccess(self._options)
        try:
            return await access.fits([Wanted(kind=kind, manifest=load(template), instances=more)])
        except InvalidTemplate as wrong:
            return [str(sentence) for sentence in wrong.args]
        finally:
            await access.close()

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        pods = self._sightings.of_kind(kind)
        return await self._link.call(self._used.measure, pods)

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        if lines <= 0:
            return []
        known = self._sightings.of((kind, shard)) or await self._read((kind, shard))
        if not known:
            return []
        return await self._link.call(self._pods.log, known[0].name, known[0].container, lines)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._feed.close()
        if self._watch is not None:
            await self._watch.end()
        await self._link.close()

    async def _end(self, key: Key, incarnation: int, work: Callable[[Found], bool]) -> None:
        """Do it to the pod of exactly this incarnation that has not ended; looked for where none is known."""

        def meant(pods: Iterable[Found]) -> list[Found]:
            return [one for one in pods if one.seen.incarnation == incarnation and not _has_ended(one)]

        known = [one for one in self._sightings.of(key) if one.seen.incarnation == incarnation]
        if known and all(map(_has_ended, known)):
            return  # a pod that has ended does not begin again
        for one in meant(known):
            if await self._link.call(work, one):
                return
        for one in meant(await self._read(key)):
            if not await self._link.call(work, one):
                raise Unavailable(f"pod {one.name} went or was replaced while it was asked to end")

    async def _read(self, key: Key) -> list[Found]:
        self._sightings.note_all(await self._link.call(self._pods.census))
        return self._sightings.of(key)

    async def _clear_away(self, old: Iterable[Found]) -> None:
        for one in old:
            try:
                await self._link.call(self._pods.delete, one.name, one.seen.uid)
            except Unavailable:
                # Only tidiness: the next observation tries again.
                return


def _has_ended(one: Found) -> bool:
    return one.seen.phase is Phase.ENDED
