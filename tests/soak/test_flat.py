from __future__ import annotations

import os
import random

import pytest

from tests.soak.flat import MIB, growth, of_descriptors, of_memory, of_threads
from tests.soak.process import Sample, load, sample


def row(memory: list[float], descriptors: list[int] | None = None) -> list[Sample]:
    counts = descriptors or [50] * len(memory)
    return [
        Sample(at=5.0 * n, memory=int(bytes_), descriptors=count, threads=count, cpu=n / 10)
        for n, (bytes_, count) in enumerate(zip(memory, counts, strict=True))
    ]


def test_memory_that_leaks_steadily_is_not_flat() -> None:
    leaking = row([200 * MIB + n * 0.2 * MIB for n in range(200)])
    assert not of_memory(leaking).is_flat
    assert of_memory(leaking).by == pytest.approx(19.8 * MIB, rel=0.01)


def test_a_leak_shows_through_noise() -> None:
    chance = random.Random(1)
    noisy = [200 * MIB + n * 0.2 * MIB + chance.uniform(-9, 9) * MIB for n in range(200)]
    assert not of_memory(row(noisy)).is_flat


def test_a_warm_up_and_a_peak_are_flat() -> None:
    warm = [100 * MIB + min(n, 60) * MIB for n in range(200)]
    warm[150] += 500 * MIB
    assert of_memory(row(warm)).is_flat


def test_a_descriptor_lost_with_each_restart_is_not_flat() -> None:
    lost = row([MIB] * 200, [50 + n // 4 for n in range(200)])
    assert not of_descriptors(lost).is_flat
    assert not of_threads(lost).is_flat


def test_descriptors_that_come_and_go_are_flat() -> None:
    swinging = row([MIB] * 200, [50 + (n % 7) * 3 for n in range(200)])
    assert of_descriptors(swinging).is_flat


def test_a_few_samples_are_no_proof() -> None:
    with pytest.raises(ValueError, match="tell nothing"):
        growth(row([MIB] * 10), lambda one: one.memory, ratio=0.1, floor=1)


def test_this_process_is_read_from_the_kernel() -> None:
    before = sample(os.getpid())
    spent = sum(n * n for n in range(4_000_000))
    after = sample(os.getpid())
    assert spent and before is not None and after is not None
    assert before.memory > 10 * MIB and before.descriptors >= 3 and before.threads >= 1
    assert 0 < load(before, after) <= 1.5
    assert sample(2**22 - 1) is None
