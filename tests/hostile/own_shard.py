"""Hooks of Schemathesis: what it makes up as a worker's beat comes from the incarnation of its token."""

from __future__ import annotations

import os
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    del context, kwargs
    is_meant_well = case.meta is not None and case.meta.generation.mode.is_positive
    if is_meant_well and isinstance(case.body, dict):
        case.body["incarnation"] = int(os.environ["INCARNATION"])
