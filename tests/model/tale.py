"""A way through the states as a story that can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.model.state import FAULT, Move, State
from tests.model.world import World


def tell(world: World, first: State, moves: Sequence[Move]) -> Iterator[str]:
    yield f"   begin: {_store(world, first)}"
    for number, move in enumerate(moves, 1):
        mark = "!" if move.by == FAULT else " "
        yield f"{number:3}{mark} {_sentence(world, move)}"


def _sentence(world: World, move: Move) -> str:
    verb, *rest = move.what
    if verb in ("commits", "commits without an answer"):
        decisions = world.transactions[rest[1]].decisions
        said = "; ".join(
            " ".join(
                str(part)
                for part in (
                    d.verb,
                    ",".join(d.ids),
                    "" if d.shard is None else f"shard {d.shard}",
                    "" if d.to is None else f"to {d.to}",
                )
                if part
            )
            for d in decisions
        )
        return f"L{rest[0]} {verb}: {said or 'the goal'}"
    if verb == "exchanges":
        work = world.crew[rest[3]]
        return (
            f"shard {rest[1]} (incarnation {rest[2]}) exchanges with L{rest[0]}: at generation"
            f" {work.generation}, holds {{{', '.join(sorted(work.held))}}}"
        )
    return f"{verb} {' '.join(map(str, rest))}"


def _store(world: World, state: State) -> str:
    loaded = world.ensemble.load[(state.documents,)]
    assert loaded is not None
    return ", ".join(
        f"shard {n} (incarnation {s.incarnation}) owns {{{', '.join(s.ids())}}}"
        for n, s in sorted(loaded.shards.items())
    )
