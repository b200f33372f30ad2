"""What it means that the API did not create a pod. Pure."""

from __future__ import annotations

import re

from orchestrator.errors import Unavailable
from orchestrator.ports import Rejected
from orchestrator.runtime.kubernetes_link import Answer

REFUSED = frozenset((400, 403, 405, 413, 415, 422))

_NOT_THE_TEMPLATE = re.compile(
    r"cannot create resource"
    r"|exceeded quota"
    r"|status unknown for quota"
    r"|is being terminated"
    r"|unable to create new content in namespace",
    re.IGNORECASE,
)
"""Forbidden for another reason: our rights, a quota that is used up, a namespace that goes. These may
change without anybody touching the template, and the next incarnation would fare no better."""


def rejected(answer: Answer) -> Rejected:
    """The API's own words about a template that it will not have.

    Raises Unavailable for everything that may pass: too many requests, a failing server, a used-up quota.
    """
    if answer.status in REFUSED and not _NOT_THE_TEMPLATE.search(answer.said):
        return Rejected(detail=answer.said)
    raise Unavailable(f"the pod was not created: {answer.said}")
