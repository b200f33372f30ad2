"""Where traces are sent to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.settings.address import WebAddress
from orchestrator.settings.section import Section, Whole


class Tracing(Section):
    """``endpoint``: an OpenTelemetry collector's address for traces (OTLP over HTTP); None: no own export.

    ``most_per_second``: journeys of new resources that become traces; further ones are left out.
    """

    endpoint: WebAddress | None = None
    most_per_second: Annotated[Whole, Field(ge=1, le=10_000)] = 100
