"""What runs instances."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from orchestrator.settings.section import Number, Seconds, Section, refuse


def _namespace(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", value):
        raise ValueError("must be 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")
    return value


class Kubernetes(Section):
    """The cluster and the namespace of the pods; without ``kubeconfig`` the one that we run in.

    ``request_timeout`` and ``relist`` in seconds.
    """

    namespace: Annotated[str, AfterValidator(_namespace)] | None = None
    kubeconfig: Path | None = None
    context: Annotated[str, Field(min_length=1)] | None = None
    request_timeout: Annotated[Number, Field(ge=1, le=300)] = 10.0
    relist: Annotated[Number, Field(ge=5, le=3600)] = 60.0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        at = "runtime.kubernetes"
        refuse(
            f"{at}.context is given without {at}.kubeconfig, which says what it is; give both"
            if self.context is not None and self.kubeconfig is None
            else None,
            f"{at}.kubeconfig is given without {at}.namespace; only within a cluster it is the server's own"
            if self.kubeconfig is not None and self.namespace is None
            else None,
        )
        return self


class Runtime(Section):
    """``stop_grace``: seconds between asking an instance to end and forcing it.

    ``directory``: where local processes keep their marks and files; None: ``data_dir``.
    ``allow_privileged``: templates may give a pod power over its node (host network, host paths and such).
    """

    engine: Literal["process", "kubernetes"] = "process"
    stop_grace: Seconds = 10.0
    directory: Path | None = None
    allow_privileged: bool = False
    kubernetes: Kubernetes = Kubernetes()
