"""Many random worlds, one after the other or in several processes, and what they met."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from tests.simulation.random_world import Violation, run_world

PIECE = 20
"""Worlds that one process runs before it reports."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody reads the log of a world, and its garbage goes with it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    heard = logging.getLogger("asyncio").level
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    limits = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*limits)
        logging.getLogger("asyncio").setLevel(heard)
        structlog.configure(**before)


def run_batch(seeds: Iterable[int], met: Counter[str] | None = None) -> Violation | None:
    """Run these worlds until one breaks a rule: its violation, or None. ``met``: is added up to."""
    with undisturbed():
        for seed in seeds:
            try:
                found = run_world(seed)
            except Violation as violation:
                return violation
            if met is not None:
                met.update(found)
    return None


@dataclass
class Piece:
    """``broken``: the seed and the rule of each world that broke one."""

    met: Counter[str]
    broken: list[tuple[int, str]]


def run_piece(seeds: range) -> Piece:
    piece = Piece(Counter(), [])
    left = iter(seeds)
    while (violation := run_batch(left, piece.met)) is not None:
        piece.broken.append((violation.seed, violation.rule))
        piece.met["worlds"] += 1
    return piece


def run_many(first: int, worlds: int, processes: int) -> Iterator[Piece]:
    """As each piece is done, in any order."""
    pieces = [range(at, min(at + PIECE, first + worlds)) for at in range(first, first + worlds, PIECE)]
    if processes == 1:
        yield from map(run_piece, pieces)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(run_piece, pieces)
