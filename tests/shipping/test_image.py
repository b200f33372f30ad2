"""The images: built by their Dockerfiles, and run as narrowly as they are meant to be."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import compose_run, product_images
from tests.services.compose_run import ComposeRun
from tests.services.docker import DockerEngine
from tests.services.product_images import EPOCH, SERVER, WORKER
from tests.services.require import missing
from tests.services.waiting import free_ports, wait_for
from tests.shipping.container import DATA, NARROW, Container, is_leader, owned, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

WALK = """
import importlib.util, json, os, pathlib
found = {"times": [], "writable": [], "shells": [], "code": []}
for path in pathlib.Path("/opt/shardwright").rglob("*"):
    told = path.lstat()
    if told.st_mtime not in (0, EPOCH):
        found["times"].append(str(path))
    if not path.is_symlink() and told.st_mode & 0o022:
        found["writable"].append(str(path))
    if path.suffix == ".pyc" and int.from_bytes(path.read_bytes()[4:8], "little") != 1:
        found["code"].append(str(path))
for name in ("sh", "bash", "dash", "busybox", "pip", "apt-get", "perl"):
    places = [f"{at}/{name}" for at in os.environ["PATH"].split(":")]
    found["shells"] += [place for place in places if os.path.exists(place)]
names = ("orchestrator", "shardwright_worker", "kazoo")
found["modules"] = {name: importlib.util.find_spec(name) is not None for name in names}
print(json.dumps(found))
""".replace("EPOCH", str(EPOCH))
WHO = """
import json, os, pathlib, signal
for entry in pathlib.Path("/proc").iterdir():
    if not entry.name.isdecimal():
        continue
    said = dict(each.partition("=")[::2] for each in (entry / "environ").read_text().split("\\0"))
    if said.get("SHARDWRIGHT_SHARD") == "0" and said.get("SHARDWRIGHT_KIND") == "Thing":
        os.kill(int(entry.name), signal.SIGSTOP)
        print(json.dumps({key: value for key, value in said.items() if key.startswith("SHARDWRIGHT_")}))
        break
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerEngine]:
    """With both images in it."""
    if reason := product_images.absent():
        missing("the images", reason)
    folder = tmp_path_factory.mktemp("docker")
    engine = DockerEngine(folder)
    engine.start()
    try:
        product_images.load_bases(engine, folder)
        for name in (WORKER, SERVER):
            product_images.build(engine, name)
        yield engine
    finally:
        engine.stop()
        # As long as a folder of tests is kept, half a gigabyte would be kept with it.
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Container:
    return Container(engine, tmp_path_factory.mktemp("server"))


def test_the_images_say_what_they_are_and_whom_they_run_as(engine: DockerEngine) -> None:
    for name in (SERVER, WORKER):
        [told] = json.loads(engine.run("image", "inspect", name))
        config = told["Config"]
        label = {key.removeprefix("org.opencontainers.image."): v for key, v in config["Labels"].items()}
        assert (label["version"], label["revision"], label["licenses"]) == ("0.1.0", "tested", "Apache-2.0")
        assert config["User"] == "10001:10001"
    [told] = json.loads(engine.run("image", "inspect", SERVER))
    assert told["Config"]["Healthcheck"]["Test"][0] == "CMD"
    assert told["Config"]["Entrypoint"] == ["/opt/shardwright/bin/shardwright"]
    assert engine.run("run", "--rm", *NARROW, SERVER, "version").strip() == "shardwright 0.1.0"


@pytest.mark.parametrize("name", [SERVER, WORKER])
def test_an_image_holds_no_shell_and_nothing_that_differs_by_when_it_was_built(
    engine: DockerEngine, name: str
) -> None:
    argv = ("run", "--rm", *NARROW, "--entrypoint=/opt/shardwright/bin/python", name, "-c", WALK)
    found = json.loads(engine.run(*argv))
    assert not found["shells"]
    assert not found["writable"]
    assert not found["code"], "byte code that is judged by the time of its source"
    assert not found["times"]
    assert found["modules"] == {
        "orchestrator": name == SERVER,
        "shardwright_worker": True,
        "kazoo": name == SERVER,
    }


def test_a_server_that_others_would_reach_without_tls_does_not_start(engine: DockerEngine) -> None:
    with pytest.raises(RuntimeError, match=r"api\.host is 0\.0\.0\.0, where the server listens without TLS"):
        engine.run("run", "--rm", *NARROW, DATA, SERVER)


def test_the_demo_runs_on_a_read_only_root_and_the_container_is_healthy(server: Container) -> None:
    wait_for(server.is_settled, 180, "all Things of the demo are owned", every=0.5)
    wait_for(lambda: server.told("State.Health.Status") == "healthy", 60, "it is healthy", every=0.5)


def test_a_worker_of_the_worker_image_serves_in_the_place_of_an_instance(
    engine: DockerEngine, server: Container, tmp_path: Path
) -> None:
    wait_for(server.is_settled, 180, "all Things of the demo are owned", every=0.5)
    # The instance of this shard is paused, and the worker of the other image goes on in its name.
    identity = json.loads(engine.run("exec", server.id, "/opt/shardwright/bin/python", "-c", WHO))
    tmp_path.chmod(0o777)
    identity |= {"SHARDWRIGHT_LEDGER_DIR": "/ledger", "SSL_CERT_FILE": "/tls/ca.pem"}
    worker = engine.run(
        "run",
        "--detach",
        *NARROW,
        f"--network=container:{server.id}",
        f"--volume={tmp_path}:/ledger",
        f"--volume={server.ca.parent}:/tls:ro",
        *(f"--env={key}={value}" for key, value in identity.items()),
        WORKER,
    ).strip()

    def acquired() -> set[str]:
        lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
        return {json.loads(line).get("id") for line in lines if '"acquire"' in line}

    used = server.client().shard("Thing", 0)["used"]
    wait_for(lambda: len(acquired()) == used > 0, 60, "it serves what the shard has", every=0.2)
    began = time.monotonic()
    engine.run("stop", "--time=30", worker)
    assert time.monotonic() - began < 20
    assert engine.run("inspect", "--format", "{{.State.ExitCode}}", worker).strip() == "0"


def test_a_worker_without_a_shard_says_what_it_lacks(engine: DockerEngine) -> None:
    with pytest.raises(RuntimeError, match="SHARDWRIGHT_KIND is not set"):
        engine.run("run", "--rm", *NARROW, WORKER)


def test_a_server_that_is_told_to_stop_ends_its_instances_and_exits_0(
    engine: DockerEngine, server: Container
) -> None:
    wait_for(server.is_settled, 180, "all Things of the demo are owned", every=0.5)
    began = time.monotonic()
    engine.run("stop", "--time=45", server.id)
    took = time.monotonic() - began
    assert server.told("State.ExitCode") == 0, server.said()
    # The paused instance is forced to end, after runtime.stop_grace.
    assert took < 40


def test_the_compose_file_brings_up_two_servers_of_which_one_takes_over(
    engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if reason := compose_run.absent():
        missing("compose", reason)
    ports = free_ports(2)
    run = ComposeRun(engine, tmp_path_factory.mktemp("compose"), ports)
    try:
        run.start()
        reading = "print(open('/run/secrets/shardwright/admin-password').read())"
        said = run.compose("exec", "-T", "shardwright-1", "/opt/shardwright/bin/python", "-c", reading)
        first, second = (signed_in(f"http://127.0.0.1:{port}", said.strip()) for port in ports)
        wait_for(lambda: owned(first, "Thing") == 2_000, 240, "every Thing is owned", every=0.5)
        # Of the kind whose beats go over Kafka.
        wait_for(lambda: owned(second, "Rule") == 300, 240, "every Rule is owned", every=0.5)
        leads = 1 if is_leader(first) else 2
        assert is_leader(second) is (leads == 2)
        run.compose("kill", f"shardwright-{leads}")
        left = second if leads == 1 else first
        wait_for(lambda: owned(left, "Thing") == 2_000, 240, "the other one serves", every=0.5)
        assert is_leader(left)
    finally:
        run.stop()
