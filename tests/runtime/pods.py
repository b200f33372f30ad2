"""Small templates whose first container runs a given command, and the specs of instances made from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from orchestrator.ports import InstanceSpec

SLEEP = ("sleep", "300")
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
DEAF = (sys.executable, "-c", f"{STUBBORN}; time.sleep(300)")


def pod(*command: str, env: Mapping[str, str] | None = None) -> str:
    entries = [{"name": name, "value": value} for name, value in (env or {"INSTANCE_ID": ""}).items()]
    container = {"name": "worker", "command": list(command), "env": entries}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}})


def spec(
    *command: str,
    kind: str = "Thing",
    shard: int = 3,
    incarnation: int = 1,
    environment: Mapping[str, str] | None = None,
) -> InstanceSpec:
    return InstanceSpec(
        kind=kind,
        shard=shard,
        incarnation=incarnation,
        revision=1,
        name=f"iota-dac-{shard}",
        template=pod(*(command or SLEEP)),
        environment=environment or {},
    )
