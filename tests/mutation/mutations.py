"""All breaks, in the order of the table."""

from __future__ import annotations

from tests.mutation import of_the_ids, of_the_instances, of_the_model, of_the_office, of_the_worker
from tests.mutation.mutation import Result

MUTATIONS = (
    *of_the_model.MUTATIONS,
    *of_the_office.MUTATIONS,
    *of_the_ids.MUTATIONS,
    *of_the_instances.MUTATIONS,
    *of_the_worker.MUTATIONS,
)


def run_one(number: int) -> Result:
    return MUTATIONS[number].run()
