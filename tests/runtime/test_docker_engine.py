"""The Docker engine that other tests may have containers in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import docker, images
from tests.services.docker import DockerEngine
from tests.services.require import missing

pytestmark = pytest.mark.slow

IMAGE = "shardwright.test/busybox:1"
SERVE = "mkdir /www && echo 'from the container' > /www/index.html && busybox httpd -f -p 8080 -h /www"

REACH = """
import sys, time, urllib.request
from testcontainers.core.container import DockerContainer
image, command = sys.argv[1:]
container = DockerContainer(image).with_exposed_ports(8080).with_command(["/bin/sh", "-c", command])
with container as server:
    url = f"http://{server.get_container_host_ip()}:{server.get_exposed_port(8080)}/"
    for _ in range(300):
        try:
            print(urllib.request.urlopen(url, timeout=2).read().decode(), end="")
            break
        except OSError:
            time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerEngine]:
    reason = docker.absent() or images.absent()
    if reason is not None:
        missing("a Docker engine", reason)
    folder = tmp_path_factory.mktemp("docker")
    engine = DockerEngine(folder)
    engine.start()
    try:
        tree = folder / "tree.tar"
        links = {f"bin/{name}": "busybox" for name in ("sh", "mkdir", "echo")}
        images.write_tree(tree, {"bin/busybox": images.BUSYBOX}, links)
        engine.load(tree, IMAGE)
        yield engine
    finally:
        engine.stop()


def test_a_container_runs_and_its_exit_code_is_that_of_its_process(engine: DockerEngine) -> None:
    assert engine.run("run", "--rm", IMAGE, "/bin/echo", "it runs") == "it runs\n"
    name = engine.run("run", "--detach", IMAGE, "/bin/sh", "-c", "exit 7").strip()
    assert engine.run("wait", name).strip() == "7"


def test_testcontainers_reaches_a_published_port(engine: DockerEngine) -> None:
    # In a process of its own, for testcontainers reads the environment once, when it is imported.
    done = subprocess.run(
        [sys.executable, "-c", REACH, IMAGE, SERVE],
        env={**os.environ, **engine.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "from the container\n"), done.stderr
    assert engine.run("ps", "--quiet") == ""


def test_nothing_is_left_of_an_engine_that_was_stopped_with_containers(
    engine: DockerEngine, tmp_path: Path
) -> None:
    second = DockerEngine(tmp_path)
    second.start()
    second.stop()
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert not Path(second.address.removeprefix("unix://")).parent.exists()
    assert engine.run("run", "--rm", "--network=host", IMAGE, "/bin/echo", "unhurt") == "unhurt\n"
