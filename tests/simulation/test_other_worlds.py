"""The other half of the random worlds (``test_worlds``)."""

from __future__ import annotations

import pytest

from tests.simulation.share import BATCHES, Share

pytestmark = pytest.mark.no_cover

share = Share(1)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_worlds_stay_safe_and_come_to_rest(batch: int) -> None:
    share.run(batch)


def test_the_rare_things_are_met() -> None:
    if not share.is_enough:
        pytest.skip("only some of the worlds were run")
    assert not share.never_met()
