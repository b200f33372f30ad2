"""What can happen next: each step of each leader, worker, request and fault, in any order."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.decisions import Conflict, Deposed, Transaction
from orchestrator.core.model import Instance, Protocol
from orchestrator.engine import sighting
from orchestrator.ports import Office, Phase
from shardwright_worker.protocol import Answer, Terms, Whole
from tests.model.configuration import Configuration, Fault
from tests.model.crew import Crew
from tests.model.ensemble import Ensemble
from tests.model.minds import Minds, seen_of
from tests.model.offices import Offices
from tests.model.rules import Rules
from tests.model.state import (
    AWAY,
    FAULT,
    FREE,
    LEADING,
    SCRIPT,
    SETTLING,
    WAITING,
    Late,
    Leader,
    Move,
    Process,
    State,
)
from tests.model.table import Table

RUNNING, STOPPING, ENDED = Phase.RUNNING.value, Phase.STOPPING.value, Phase.ENDED.value
TERMS = Terms(15.0, 5.0, False, None)


class World:
    def __init__(self, configuration: Configuration, rules: Rules) -> None:
        self.configuration = configuration
        self.rules = rules
        self.ensemble = Ensemble(configuration.protocol)
        self.crew = Crew(slow=configuration.slow)
        self.minds = Minds(configuration)
        self.offices = Offices(self.ensemble, rules)
        self.transactions: Table[Transaction] = Table(lambda found: found)
        self.copied = self.ensemble.empty
        self._among = frozenset(configuration.among)

    def moves(self, state: State) -> Iterator[Move]:
        for number, leader in enumerate(state.leaders):
            yield from self._candidate(state, number)
            if leader.phase in (LEADING, SETTLING):
                yield from self._leader(state, number)
        for process in state.processes:
            yield from self._process(state, process)
        for pod in state.pods:
            if pod[2] == STOPPING:
                yield Move(("ends", *pod[:2]), FREE, _gone(state, pod[:2], keep=False))
        for item in dict.fromkeys(state.late):
            yield from self._late(state, item)
        yield from self._script(state)
        if self._can(state, Fault.RESTORE):
            yield Move(("the store is restored",), FAULT, self._restored(state))

    def _can(self, state: State, fault: Fault) -> bool:
        return fault in self._among and state.faults < self.configuration.faults

    def holds(self, state: State, number: int) -> bool:
        """A leader knows by its clock before its session can end: from there on it is in doubt."""
        leader = state.leaders[number]
        return leader.phase in (LEADING, SETTLING) and leader.node in self.ensemble.queue[(state.documents,)]

    def _restored(self, state: State) -> State:
        """By hand, while no orchestrator leads; they begin anew after it."""
        documents = self.ensemble.restored(state.documents, self.copied)
        restored = state._replace(documents=documents, faults=state.faults + 1)
        if self.rules.ended_first:
            restored = restored._replace(pods=(), processes=())
        for number in range(len(state.leaders)):
            restored = self._forgotten(restored, number)
        return restored

    # --- the office ---

    def _candidate(self, state: State, number: int) -> Iterator[Move]:
        leader = state.leaders[number]
        if leader.phase == AWAY:
            documents, node, count = self.offices.enter(state.documents, number, leader)
            entered = state._replace(documents=documents)
            yield Move(("queues", number), FREE, entered.lead(number, phase=WAITING, node=node, marks=count))
            return
        if self._can(state, Fault.SESSION) and leader.node in self.ensemble.queue[(state.documents,)]:
            documents = self.ensemble.leave(state.documents, leader.node)
            ended = state._replace(documents=documents, faults=state.faults + 1)
            if not self.configuration.lingers:
                documents, node, count = self.offices.enter(documents, number, leader)
                fresh = Leader(phase=WAITING, node=node, marks=count)
                ended = ended._replace(documents=documents, leaders=_put(state.leaders, number, fresh))
            yield Move(("session ends", number), FAULT, ended)
        if leader.phase == WAITING:
            yield from self._campaign(state, number)
        elif leader.phase == SETTLING or not self.holds(state, number):
            yield from self._prove(state, number)

    def _campaign(self, state: State, number: int) -> Iterator[Move]:
        leader = state.leaders[number]
        if leader.node not in self.ensemble.queue[(state.documents,)]:
            yield Move(("begins anew", number), FREE, self._forgotten(state, number))
            return
        found = self.offices.campaign(state.documents, number, leader)
        if isinstance(found, int):
            yield Move(
                ("finds that it took office", number), FREE, self._open(state, number, found, state.documents)
            )
            return
        if found is None:
            return
        multi, office = found
        answer = self.ensemble.apply[state.documents, multi]
        counted = state.lead(number, marks=leader.marks + 1)
        if isinstance(answer, int):
            taken = counted._replace(documents=answer)
            yield Move(("takes office", number), FREE, self._open(taken, number, office, state.documents))
            if self._can(state, Fault.STALE) and state.past != state.documents:
                stale = taken._replace(faults=state.faults + 1)
                yield Move(
                    ("takes office, reads what was", number),
                    FAULT,
                    self._open(stale, number, office, state.past),
                )
        if self._can(state, Fault.OFFICE):
            doubtful = counted.lead(number, doubtful=(office, leader.node))
            yield Move(
                ("takes office without an answer", number), FAULT, doubtful.delay("office", number, multi)
            )

    def _open(self, state: State, number: int, office: int, documents: int) -> State:
        loaded = self.ensemble.load[(documents,)]
        assert loaded is not None
        mind = self.minds.opened(loaded)
        return state.lead(number, phase=LEADING, office=office, mind=mind, todo=(), doubtful=None, look=None)

    def _prove(self, state: State, number: int) -> Iterator[Move]:
        """Asks the store who holds the office."""
        leader = state.leaders[number]
        if not self.rules.candidacy and leader.node not in self.ensemble.queue[(state.documents,)]:
            documents, node, count = self.offices.enter(state.documents, number, leader)
            state = state._replace(documents=documents).lead(number, node=node, marks=count)
            leader = state.leaders[number]
        found = self.offices.fence(state.documents, number, leader)
        if found is None:
            yield Move(("learns that it leads no more", number), FREE, self._forgotten(state, number))
        elif isinstance(found, int):
            yield Move(("finds its proof renewed", number), FREE, self._reloaded(state, number, found))
        else:
            multi, office = found
            answer = self.ensemble.apply[state.documents, multi]
            counted = state.lead(number, marks=leader.marks + 1)
            if isinstance(answer, int):
                renewed = counted._replace(documents=answer)
                yield Move(("renews its proof", number), FREE, self._reloaded(renewed, number, office))
            if self._can(state, Fault.OFFICE):
                yield Move(
                    ("renews its proof without an answer", number),
                    FAULT,
                    counted.delay("office", number, multi),
                )

    def _reloaded(self, state: State, number: int, office: int) -> State:
        loaded = self.ensemble.load[(state.documents,)]
        assert loaded is not None
        mind = self.minds.reloaded(state.leaders[number].mind, loaded)
        return state.lead(number, phase=LEADING, office=office, mind=mind, todo=())

    def _forgotten(self, state: State, number: int) -> State:
        """What is left of a leader that lost the office: its place in the queue, if its session lives."""
        leader = state.leaders[number]
        left = Leader(marks=leader.marks)
        if leader.node in self.ensemble.queue[(state.documents,)]:
            left = Leader(marks=leader.marks, phase=WAITING, node=leader.node)
        return state._replace(leaders=_put(state.leaders, number, left))

    # --- what a leader does ---

    def _leader(self, state: State, number: int) -> Iterator[Move]:
        leader = state.leaders[number]
        for process in state.processes:
            if not process.frozen:
                yield from self._exchange(state, number, process)
        if not self.holds(state, number):
            return
        if leader.phase == LEADING:
            yield from self._write(state, number)
            if self.rules.recheck and Fault.STALE in self._among and self._is_outdated(state, leader):
                after = self._reloaded(state, number, leader.office)
                yield Move(("compares its view with the store, and reads anew", number), FREE, after)
        yield from self._look(state, number)
        yield from self._act(state, number)
        yield from self._judge(state, number)

    def _write(self, state: State, number: int) -> Iterator[Move]:
        leader = state.leaders[number]
        todo = leader.todo or tuple(
            map(self.transactions.number, self.minds.passing[leader.mind, state.catalog])
        )
        if todo:
            yield from self._commit(state, number, todo, FREE)

    def _commit(self, state: State, number: int, todo: tuple[int, ...], by: str) -> Iterator[Move]:
        leader, wanted = state.leaders[number], self.transactions[todo[0]]
        office: Office = self.offices[leader.office]
        multi = self.ensemble.encode[wanted, office.version]
        answer = self.ensemble.apply[state.documents, multi]
        what = ("commits", number, todo[0])
        if isinstance(answer, int):
            mind = self.minds.learned[leader.mind, wanted]
            after = state._replace(documents=answer, past=self._past(state))
            wrong = self.offices.stale_write(state.documents, office)
            yield Move(what, by, after.lead(number, mind=mind, todo=todo[1:]), wrong)
        elif isinstance(answer, Conflict):
            yield Move(("meets a conflict", number), by, self._reloaded(state, number, leader.office))
        elif isinstance(answer, Deposed):
            yield Move(("is told that it leads no more", number), by, self._forgotten(state, number))
        if self._can(state, Fault.REPLY):
            sent = state.lead(number, phase=SETTLING, todo=())
            yield Move(
                ("commits without an answer", number, todo[0]),
                FAULT,
                sent.delay("commit", number, leader.office, multi),
            )

    def _is_outdated(self, state: State, leader: Leader) -> bool:
        loaded, view = self.ensemble.load[(state.documents,)], self.minds[leader.mind].view
        return loaded is not None and (loaded.state, dict(loaded.shards)) != (view.state, view.shards)

    def _past(self, state: State) -> int:
        return state.documents if Fault.STALE in self._among else 0

    def _look(self, state: State, number: int) -> Iterator[Move]:
        """Asks the runtime what runs; what is not wanted is ended."""
        leader = state.leaders[number]
        stopping = self.minds.stopping(leader.mind)
        mind = self.minds.observed[leader.mind, state.pods, stopping]
        if mind != leader.mind:
            yield Move(("looks", number), FREE, state.lead(number, mind=mind))
        if leader.look is not None:
            late = self.minds.observed[leader.mind, *leader.look]
            yield Move(("takes in what it saw", number), FREE, state.lead(number, mind=late, look=None))
        elif self._can(state, Fault.LIST):
            asked = state.lead(number, look=(state.pods, stopping))
            yield Move(("asks what runs, slowly", number), FAULT, asked._replace(faults=state.faults + 1))
        view = self.minds[leader.mind].view
        for pod in state.pods:
            if pod[2] == RUNNING and sighting.is_unwanted(view.shards.get(pod[0]), seen_of(pod)):
                yield Move(("ends what is not wanted", number, *pod[:2]), FREE, _stop(state, pod[:2]))

    def _act(self, state: State, number: int) -> Iterator[Move]:
        """Asks the runtime for what the store says."""
        leader = state.leaders[number]
        mind = self.minds[leader.mind]
        for shard in mind.view.shards.values():
            name = shard.number, shard.incarnation
            if shard.instance is Instance.STOPPING:
                if (*name, RUNNING) in state.pods:
                    yield Move(("stops", number, *name), FREE, _stop(state, name))
                    if self._can(state, Fault.STOP):
                        yield Move(
                            ("stops without an answer", number, *name), FAULT, state.delay("stop", *name)
                        )
            elif shard.instance is Instance.LIVE and name not in mind.inherited:
                member = mind.roster.members.get(shard.number)
                if member is None or not member.accepted:
                    yield from self._start(state, number, name)

    def _start(self, state: State, number: int, name: tuple[int, int]) -> Iterator[Move]:
        leader = state.leaders[number]
        there = next((pod for pod in state.pods if pod[0] == name[0]), None)
        if there is not None and there[1] > name[1]:
            yield Move(("finds a later instance", number, *name), FREE, self._forgotten(state, number))
            return
        if there is not None and there[1] < name[1] and there[2] != ENDED:
            if there[2] == RUNNING:
                yield Move(("makes way", number, *there[:2]), FREE, _stop(state, there[:2]))
            return
        started = self._created(state, name).lead(number, mind=self.minds.accepted[leader.mind, name[0]])
        yield Move(("starts", number, *name), FREE, started)
        if self._can(state, Fault.CREATE):
            yield Move(("starts without an answer", number, *name), FAULT, state.delay("create", *name))

    def _created(self, state: State, name: tuple[int, int]) -> State:
        """At most one instance a shard: a second create finds the first, until that has ended."""
        there = next((pod for pod in state.pods if pod[0] == name[0]), None)
        if there is not None and (there[1] == name[1] or there[2] != ENDED):
            return state
        serials = {p.serial for p in state.processes if p[:2] == name}
        serial = next(n for n in range(9) if n not in serials)
        process = Process(*name, serial, self.crew.born[(name[1],)])
        pods = tuple(sorted((*(pod for pod in state.pods if pod != there), (*name, RUNNING))))
        return state._replace(pods=pods, processes=tuple(sorted((*state.processes, process))))

    def _judge(self, state: State, number: int) -> Iterator[Move]:
        leader, configuration = state.leaders[number], self.configuration
        mind = self.minds[leader.mind]
        for shard in mind.view.shards.values():
            member = mind.roster.members.get(shard.number)
            if shard.instance is not Instance.LIVE or member is None or member.verdict is not None:
                continue
            name = shard.number, shard.incarnation
            is_silent = all(process.frozen for process in state.processes if process[:2] == name)
            if not member.accepted or not (is_silent or self._can(state, Fault.SILENCE)):
                continue
            judged = state.lead(number, mind=self.minds.condemned[leader.mind, shard.number])
            if is_silent:
                yield Move(("finds silent", number, *name), FREE, judged)
            else:
                yield Move(
                    ("takes for silent", number, *name), FAULT, judged._replace(faults=state.faults + 1)
                )
        if configuration.hangs:
            mind_after = self.minds.stuck[(leader.mind,)]
            if mind_after != leader.mind:
                yield Move(
                    ("waited long enough for a release", number), FREE, state.lead(number, mind=mind_after)
                )
        if configuration.overdue:
            mind_after = self.minds.overdue[(leader.mind,)]
            if mind_after != leader.mind:
                yield Move(
                    ("waited long enough for a drain", number), FREE, state.lead(number, mind=mind_after)
                )

    # --- workers ---

    def _exchange(self, state: State, number: int, process: Process) -> Iterator[Move]:
        if self.configuration.protocol is Protocol.SEED:
            return  # they read the store by themselves, and say nothing
        leader, beat = state.leaders[number], self.crew.beat[(process.work,)]
        status, told, mind = self.minds.admitted[leader.mind, process.shard, beat, self.holds(state, number)]
        if status == 410:
            yield Move(
                ("is turned away", number, *process[:2]),
                FREE,
                _gone(state, process[:2], keep=True, process=process),
            )
            return
        if status != 200:
            return
        work, heard = process.work, state.lead(number, mind=mind)
        if told is not None:
            commit = self.minds[leader.mind].view.state.commit
            change = Answer(told.generation, commit, TERMS, Whole(told.ids))
            work = self.crew.apply[work, change]
        if work == process.work and (mind == leader.mind or not self._is_news(leader.mind, process.shard)):
            return
        after, wrong = self._worked(heard, process, work)
        yield Move(("exchanges", number, *process[:2], work), FREE, after, wrong)

    def _is_news(self, mind: int, shard: int) -> bool:
        """Whether what a worker says can matter to what the leader decides next."""
        view = self.minds[mind].view
        return view.state.rebalance is not None or view.load(shard).leaving[0] > 0

    def _worked(self, state: State, process: Process, work: int) -> tuple[State, str]:
        """The process goes on, perhaps with ids that it had not before."""
        processes = tuple(
            process._replace(work=work) if each == process else each for each in state.processes
        )
        after = state._replace(processes=processes)
        if not self.configuration.tokens:
            return after, ""
        return self._compared(after, process, work)

    def _compared(self, state: State, process: Process, work: int) -> tuple[State, str]:
        before = dict(self.crew.tokens[(process.work,)])
        placed = {i: (token, shard) for i, token, shard in state.placed}
        wrong = ""
        for resource_id, token in self.crew.tokens[(work,)]:
            if before.get(resource_id) == token:
                continue
            last = placed.get(resource_id)
            if last is not None and last[1] != process.shard and not self.rules.is_newer(token, last[0]):
                wrong = f"{resource_id} was placed with {token} after {last[0]}"
            placed[resource_id] = token, process.shard
        found = tuple(sorted((i, *rest) for i, rest in placed.items()))
        return state._replace(placed=found), wrong

    def _process(self, state: State, process: Process) -> Iterator[Move]:
        name = process[:2]
        if not process.frozen:
            for verb, resource_id in self.crew.busy[(process.work,)]:
                if verb.name == "RELEASE" and self.configuration.hangs:
                    continue
                work = self.crew.finish[process.work, verb, resource_id]
                after, wrong = self._worked(state, process, work)
                yield Move(("returns", verb.name.lower(), resource_id, *name), FREE, after, wrong)
            if self._can(state, Fault.BEAT):
                beat = self.crew.beat[(process.work,)]
                if ("beat", process.shard, beat) not in state.late:
                    yield Move(("beats, late", *name), FAULT, state.delay("beat", process.shard, beat))
            if self._can(state, Fault.FREEZE):
                frozen = process._replace(frozen=True)
                processes = tuple(frozen if each == process else each for each in state.processes)
                yield Move(
                    ("freezes", *name), FAULT, state._replace(processes=processes, faults=state.faults + 1)
                )
        for fault, keep in ((Fault.DEATH, True), (Fault.LOSS, False)):
            if self._can(state, fault):
                gone = _gone(state, name, keep=keep, process=process)
                yield Move(
                    ("dies" if keep else "is lost", *name), FAULT, gone._replace(faults=state.faults + 1)
                )

    # --- what comes late, and the script ---

    def _late(self, state: State, item: Late) -> Iterator[Move]:
        verb, rest = item[0], state.landed(item)
        yield Move((f"{verb} never lands", *item[1:3]), FREE, rest)
        if verb in ("commit", "office"):
            answer = self.ensemble.apply[state.documents, item[-1]]
            if isinstance(answer, int):
                wrong = (
                    ""
                    if verb == "office"
                    else self.offices.stale_write(state.documents, self.offices[item[2]])
                )
                past = self._past(state) if verb == "commit" else state.past
                yield Move(
                    (f"{verb} lands", item[1]), FREE, rest._replace(documents=answer, past=past), wrong
                )
        elif verb == "create":
            yield Move(("create lands", *item[1:]), FREE, self._created(rest, item[1:]))
        elif verb == "stop":
            yield Move(("stop lands", *item[1:]), FREE, _stop(rest, item[1:]))
        elif verb == "beat":
            for number, leader in enumerate(state.leaders):
                if leader.phase in (LEADING, SETTLING):
                    status, _, mind = self.minds.admitted[leader.mind, *item[1:], self.holds(state, number)]
                    if status == 200:
                        yield Move(("beat lands", number, item[1]), FREE, rest.lead(number, mind=mind))

    def _script(self, state: State) -> Iterator[Move]:
        if state.done == len(self.configuration.script):
            return
        step = self.configuration.script[state.done]
        after = state._replace(done=state.done + 1)
        if step.verb == "create":
            yield Move(("creates", step.id), SCRIPT, after._replace(catalog=state.catalog | {step.id}))
        elif step.verb == "delete":
            yield Move(("deletes", step.id), SCRIPT, after._replace(catalog=state.catalog - {step.id}))
        else:
            for number, leader in enumerate(state.leaders):
                if leader.phase != LEADING or leader.todo or not self.holds(state, number):
                    continue
                made = self.minds.orchestrating[leader.mind, state.catalog, step.each, step.most]
                if made:
                    todo = tuple(map(self.transactions.number, made))
                    yield from self._commit(after, number, todo, SCRIPT)


def _put(leaders: tuple[Leader, ...], number: int, leader: Leader) -> tuple[Leader, ...]:
    return (*leaders[:number], leader, *leaders[number + 1 :])


def _stop(state: State, name: tuple[int, ...]) -> State:
    pods = tuple((*pod[:2], STOPPING) if pod == (*name, RUNNING) else pod for pod in state.pods)
    return state._replace(pods=pods)


def _gone(state: State, name: tuple[int, ...], *, keep: bool, process: Process | None = None) -> State:
    """The process of this pod is no more; ``keep``: the runtime knows that it was there."""
    pods = tuple(pod for pod in state.pods if pod[:2] != name)
    if keep:
        pods = tuple(sorted((*pods, (name[0], name[1], ENDED))))
    left = tuple(p for p in state.processes if (p[:2] != name if process is None else p != process))
    return state._replace(pods=pods, processes=left)
