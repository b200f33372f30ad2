"""``deploy/compose/compose.yaml`` run where no image of others can be had: by this machine's programs.

Names, networks, volumes, order, environment, configuration and most health checks are those of the file.
The image of what stands in is all but empty, and ``/usr`` is lent to it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from release.tree import ROOT
from tests.services import kafka_install, mosquitto_server, postgres_server, zookeeper_server
from tests.services.docker import DockerEngine
from tests.services.images import write_tree
from tests.services.java import JARS
from tests.services.kubernetes_worker import ROOTS
from tests.services.zookeeper_server import JARS as ZOOKEEPER_JARS
from tests.services.zookeeper_server import MAIN as ZOOKEEPER

FOLDER = ROOT / "deploy" / "compose"
STAND_IN = "shardwright.test/stand-in:1"
SMALL = "java -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m"

ACCEPTS = "import socket; socket.create_connection(({host!r}, {port}), 2)"
SERVES = ACCEPTS + ".sendall(b'srvr')"

RUN_ZOOKEEPER = """
cat > /tmp/zoo.cfg <<END
dataDir=/data
dataLogDir=/datalog
clientPort=2181
tickTime=500
admin.enableServer=false
END
exec {java} -cp {jars} {main} /tmp/zoo.cfg
"""
# As the image does: what KAFKA_NODE_ID says is node.id.
RUN_KAFKA = """
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
    echo "$(echo "$name" | tr A-Z_ a-z.)=$value"
done > /tmp/server.properties
{java} -cp '/jars/*' kafka.tools.StorageTool format --ignore-formatted \\
    --cluster-id 5L6g3nShT-eMCtK--X86sw -c /tmp/server.properties
exec {java} -cp '/jars/*' kafka.Kafka /tmp/server.properties
"""
RUN_POSTGRES = """
data=/var/lib/postgresql/data
cp "$POSTGRES_PASSWORD_FILE" /tmp/password
chown postgres "$data" /tmp/password
cd /tmp
as="setpriv --reuid postgres --regid postgres --init-groups"
if [ ! -e "$data/PG_VERSION" ]; then
    $as initdb -N -D "$data" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile /tmp/password --locale=C.UTF-8
    echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
    echo "CREATE DATABASE $POSTGRES_DB" | $as postgres --single -D "$data" postgres
fi
exec $as postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories='' -c fsync=off
"""


def absent() -> str | None:
    """Why it cannot be run here; None when it can."""
    for name, package in (("docker-compose", "docker-compose"), ("mosquitto_pub", "mosquitto-clients")):
        if shutil.which(name) is None:
            return f"there is no {name} (Debian: apt-get install {package})"
    return zookeeper_server.absent() or mosquitto_server.absent() or postgres_server.absent()


class ComposeRun:
    """Requires: ``absent`` is None, and the engine has the product's images. ``ports``: of the servers."""

    def __init__(self, engine: DockerEngine, folder: Path, ports: Sequence[int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._engine = engine
        self._folder = folder
        self._environment = {
            **os.environ,
            "DOCKER_HOST": engine.address,
            **{f"SHARDWRIGHT_PORT_{number}": str(port) for number, port in enumerate(ports, 1)},
        }

    def start(self) -> None:
        """Returns when everything was started, or raises RuntimeError."""
        links = {
            one: str(at) for one in ROOTS if Path("/", one).is_symlink() and (at := Path("/", one).readlink())
        }
        write_tree(tree := self._folder / "stand-in.tar", {}, links)
        self._engine.load(tree, STAND_IN)
        (self._folder / "override.yaml").write_text(json.dumps({"services": services()}))
        self.compose("up", "--detach", "--no-build", within=300)

    def compose(self, *words: str, within: float = 60) -> str:
        """Run a command of compose and return what it printed. Raises RuntimeError."""
        files = ["--file", str(FOLDER / "compose.yaml"), "--file", str(self._folder / "override.yaml")]
        done = subprocess.run(
            ["docker-compose", "--project-directory", str(FOLDER), *files, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"docker-compose {' '.join(words)}: {done.stderr.strip()[-4000:]}")
        return done.stdout

    def stop(self) -> None:
        """End all of it; nothing is left, its network included."""
        self.compose("down", "--volumes", "--timeout", "20", within=120)


def services() -> dict[str, Any]:
    """What is other than in the file, by service."""
    jars = ":".join(str(JARS / name) for name in ZOOKEEPER_JARS)
    programs = f"{postgres_server.folder_of_programs()}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "zookeeper": _stand_in(
            RUN_ZOOKEEPER.format(java=SMALL, jars=jars, main=ZOOKEEPER),
            asks=SERVES.format(host="127.0.0.1", port=2181),
        ),
        "kafka": _stand_in(
            RUN_KAFKA.format(java=SMALL),
            asks=ACCEPTS.format(host="kafka", port=9092),
            lent={str(kafka_install.install()): "/jars"},
        ),
        "mosquitto": _stand_in("exec mosquitto -c /mosquitto/config/mosquitto.conf"),
        "postgres": _stand_in(RUN_POSTGRES, environment={"PATH": programs}),
    }


def _stand_in(
    script: str,
    *,
    asks: str | None = None,
    lent: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """``asks``: Python that fails while it does not serve; None: what the file itself asks."""
    etc = [Path("/etc/alternatives"), Path("/etc/passwd"), Path("/etc/group"), *Path("/etc").glob("java-*")]
    machine = {str(path): str(path) for path in (Path("/usr"), *etc) if path.exists()}
    health = {} if asks is None else {"test": ["CMD", "python3", "-c", asks]}
    return {
        "image": STAND_IN,
        "entrypoint": ["/bin/sh", "-euc", script.replace("$", "$$")],
        "environment": {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})},
        "healthcheck": {**health, "interval": "1s", "retries": 90},
        "volumes": [f"{here}:{there}:ro" for here, there in {**machine, **(lent or {})}.items()],
    }
