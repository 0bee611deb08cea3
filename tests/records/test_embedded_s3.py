"""The embedded object store as a child: on loopback, dead with its parent, found again after a crash."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.settings import load_settings, make_secrets
from storage.child import note_pid
from storage.documents import Documents
from storage.embedded_s3 import GRPC_OFFSET, EmbeddedS3, EmbeddedStoreFailed, endpoint_of

KEYS = ("access", "a secret of the store")


@pytest.fixture
def store(tmp_path):
    store = EmbeddedS3(tmp_path, *KEYS)
    yield store
    if store.pid is not None:
        os.kill(store.pid, signal.SIGKILL)  # a clean stop takes two seconds
    store.stop()


def listening(pid: int) -> set[tuple[str, int]]:
    """Return the addresses on which a process listens."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, _, port = fields[1].rpartition(":")
                found.add((address, int(port, 16)))
    return found


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_it_listens_on_loopback_only_and_below_the_ports_of_the_kernel(store, tmp_path):
    store.start()
    addresses = listening(store.pid)
    assert addresses
    assert {address for address, _ in addresses} == {"0100007F"}
    assert all(port < 32768 for _, port in addresses)
    ports = json.loads((tmp_path / "s3" / "ports.json").read_text())
    kept = set(ports.values()) | {port + GRPC_OFFSET for port in ports.values()}
    assert {port for _, port in addresses} <= kept
    assert store.endpoint == endpoint_of(tmp_path)


def test_it_comes_back_on_the_same_ports_with_what_was_acknowledged_after_kill_9(store, tmp_path):
    make_secrets(tmp_path)
    settings = load_settings({"ZHUPI_DATA": str(tmp_path), "ZHUPI_S3_ACCESS_KEY": KEYS[0], "ZHUPI_S3_SECRET_KEY": KEYS[1]})
    first = store.start()
    documents = Documents(settings)  # finds the store through the data folder
    with documents.receive(io.BytesIO(b"acknowledged"), 100) as received:
        pass
    os.kill(store.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while store.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not store.alive()
    assert not documents.ready()
    assert store.start() == first
    with documents.open(received.object_key) as opened:
        assert opened.read() == b"acknowledged"


def test_two_do_not_run_on_one_folder(store, tmp_path):
    store.start()
    with pytest.raises(EmbeddedStoreFailed) as failed:
        EmbeddedS3(tmp_path, *KEYS).start()
    assert "Another Zhupi" in failed.value.sentence
    assert store.alive()


def test_a_taken_port_makes_it_choose_others(store, tmp_path):
    store.start()
    store.stop()
    ports = json.loads((tmp_path / "s3" / "ports.json").read_text())
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", ports["filer"] + GRPC_OFFSET))
        squatter.listen()
        store.start()
        assert json.loads((tmp_path / "s3" / "ports.json").read_text())["filer"] != ports["filer"]


def test_stopping_leaves_no_process_no_pid_file_and_no_socket(store, tmp_path):
    store.start()
    pid, ports = store.pid, json.loads((tmp_path / "s3" / "ports.json").read_text())
    store.stop()
    assert gone(pid, 0.5)
    assert not (tmp_path / "s3" / "pid").exists()
    left = [path for port in ports.values() for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]  # noqa: S108
    assert not left


PARENT = """
import sys, time
from pathlib import Path
from storage.embedded_s3 import EmbeddedS3
store = EmbeddedS3(Path(sys.argv[1]), "access", "a secret of the store")
store.start()
print(store.pid, flush=True)
time.sleep(60)
"""


def test_it_dies_with_its_parent_and_the_folder_is_free_again(store, tmp_path):
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert not gone(child, 0.1)
        parent.kill()
    assert gone(child)
    store.start()


def test_an_orphan_that_outlived_its_parent_is_ended_and_nobody_else(store, tmp_path):
    with subprocess.Popen(["sleep", "60"]) as orphan, subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "s3").mkdir()
        note_pid(tmp_path / "s3" / "pid", orphan.pid)
        store.start()
        assert gone(orphan.pid)
        os.kill(store.pid, signal.SIGKILL)
        store.stop()
        (tmp_path / "s3" / "pid").write_text(f"{stranger.pid} 1")  # the number came again for another process
        store.start()
        assert not gone(stranger.pid, 0.2)
        stranger.kill()
