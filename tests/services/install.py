"""``make services``: installs and builds the programs that the tests start as real services.

What Debian packages comes from there, and Go from the next Debian where this one has an older; Kafka comes
from Maven Central, the programs of Kubernetes from the Go module proxy. What is fetched or built is kept
outside the tree, so that a second call has nothing to do.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PROGRAMS = {
    "java": "default-jre-headless",
    "mvn": "maven",
    "openssl": "openssl",
    "/usr/share/java/zookeeper.jar": "zookeeper",
    "/usr/sbin/mosquitto": "mosquitto",
    "mosquitto_pub": "mosquitto-clients",
    "/usr/lib/postgresql/*/bin/postgres": "postgresql",
    "/usr/sbin/mariadbd": "mariadb-server",
    "etcd": "etcd-server",
    "containerd": "containerd",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "dockerd": "docker.io",
    "docker-compose": "docker-compose",
    "/bin/busybox": "busybox-static",
    "iptables": "iptables",
    "ip": "iproute2",
    "mount": "mount",
    "promtool": "prometheus",
    "jq": "jq",
    "cc": "gcc",
    "/usr/include/time.h": "libc6-dev",
}
"""A program or a file that must be there, and the Debian package that brings it."""

BUILT = {
    "go": "tests.services.go_toolchain",
    "kafka": "tests.services.kafka_install",
    "kubernetes": "tests.services.kubernetes_install",
    "metrics-server": "tests.services.metrics_install",
    "helm": "tests.services.helm_install",
    "helix": "tests.services.helix_install",
}
"""What is fetched or built: a service, and the module whose ``install`` does it."""


def packages_missing() -> list[str]:
    """The Debian packages whose programs are not here."""
    return sorted({package for program, package in PROGRAMS.items() if not _is_there(program)})


def main(names: Sequence[str]) -> int:
    """Install everything, or only the built services named; 1 when something could not be had."""
    unknown = [name for name in names if name not in BUILT]
    if unknown:
        sys.stderr.write(f"{', '.join(unknown)} cannot be built; allowed: {', '.join(BUILT)}\n")
        return 2
    failed = [] if names or _install_packages(packages_missing()) else ["packages"]
    for name in names or BUILT:
        began = time.monotonic()
        try:
            where = importlib.import_module(BUILT[name]).install()
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            failed.append(name)
        else:
            sys.stdout.write(f"{name}: {where}, {time.monotonic() - began:.0f} s\n")
    return 1 if failed else 0


def _is_there(program: str) -> bool:
    if not program.startswith("/"):
        return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None
    return any(Path("/").glob(program.lstrip("/")))


def _install_packages(packages: Sequence[str]) -> bool:
    if not packages:
        return True
    sys.stdout.write(f"packages: {' '.join(packages)}\n")
    sys.stdout.flush()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    try:
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run([*root, *command], check=True, env=quiet, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{' '.join(error.cmd)}: {error.stderr[-2000:]}\n")
        return False
    except FileNotFoundError as error:
        sys.stderr.write(f"{error.filename} is not here; install by hand: {' '.join(packages)}\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
