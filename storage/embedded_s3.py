"""The embedded object store: SeaweedFS as a child of the supervisor, on loopback, in the data folder.

It dies with its parent, its ports are kept in a file, and what a crash left running is ended at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import random
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import IO

import urllib3
from minio import Minio
from minio.error import MinioException

from storage.child import die_with_parent, end_orphan, note_pid

GRPC_OFFSET = 10_000
FIRST_PORT, LAST_PORT = 10_240, 20_239
"""gRPC ports follow at 20240 to 30239: none meets another, none lies where the kernel gives out its own (from 32768)."""

SERVERS = ("s3", "master", "volume", "filer", "admin")
READY_SECONDS = 30.0
STOP_SECONDS = 5.0
PROBE = "probe"
STARTS = 3
"""Somebody may take a port between our look and the child's; then it starts again on other ones."""
LOG_LIMIT = 8 * 1024 * 1024


class EmbeddedStoreFailed(Exception):
    """The embedded object store does not run; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class EmbeddedS3:
    """One SeaweedFS below `data`/s3. start() and stop() belong to one thread that outlives the child."""

    def __init__(self, data: Path, access_key: str, secret_key: str, bucket: str = "zhupi") -> None:
        self._folder = data / "s3"
        self._bucket = bucket
        self._access_key = access_key
        self._secret_key = secret_key
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self.endpoint: str | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running child."""
        return self._child.pid if self._child else None

    def start(self) -> str:
        """Start the store and wait until it takes requests; return host:port. Raises EmbeddedStoreFailed."""
        if self._child is not None and self._child.poll() is None:
            return self.endpoint or ""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / "data").mkdir(exist_ok=True, mode=0o700)
        self._take_lock()
        try:
            end_orphan(self._folder / "pid")
            for start in range(STARTS):
                ports = self._ports(fresh=start > 0)
                self._launch(ports)
                if self._answers(ports):
                    return self.endpoint or ""
                self._end_child()
        except BaseException:
            self.stop()
            raise
        self.stop()
        message = f"The embedded object store did not start; {self._folder / 'weed.log'} says why."
        raise EmbeddedStoreFailed(message)

    def start_again(self) -> None:
        """Start a store that has died, without waiting for it: others must not wait with us. Raises EmbeddedStoreFailed.

        Whoever asks it meanwhile gets no answer, as while it was dead.
        """
        self._end_child()
        ports = self._ports(fresh=False)
        self._launch(ports)
        self.endpoint = f"127.0.0.1:{ports['s3']}"

    def alive(self) -> bool:
        """Tell whether the child still runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End the child and wait for it; what it acknowledged is on disk."""
        self._end_child()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self.endpoint = None

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        (self._folder / "pid").unlink(missing_ok=True)
        _sweep_sockets(_read_ports(self._folder) or {})

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = (self._folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            message = f"Another Zhupi already runs the object store in {self._folder}: stop it first."
            raise EmbeddedStoreFailed(message) from None
        self._lock = lock

    def _ports(self, *, fresh: bool) -> dict[str, int]:
        """Return the ports of last time where they are free, else new ones; keep them in the file."""
        kept = _read_ports(self._folder) or {}
        _sweep_sockets(kept)
        if not fresh and set(kept) == set(SERVERS) and all(_free(port) for port in kept.values()):
            return kept
        ports: dict[str, int] = {}
        for name in SERVERS:
            ports[name] = _choose_port(set(ports.values()))
        draft = self._folder / "ports.json.new"
        draft.write_text(json.dumps(ports))
        draft.replace(self._folder / "ports.json")
        return ports

    def _launch(self, ports: dict[str, int]) -> None:
        log = self._folder / "weed.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.unlink()
        command = [
            str(weed_path()), "mini", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            *(f"-{name}.port={ports[name]}" for name in SERVERS),
            "-disableHttp", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-master.telemetry=false", "-volume.preStopSeconds=0",
            # A master that resumes its old election may come after its volumes, which then wait five seconds.
            "-master.resumeState=false",
        ]  # fmt: skip
        environment = {
            "AWS_ACCESS_KEY_ID": self._access_key, "AWS_SECRET_ACCESS_KEY": self._secret_key,
            "HOME": str(self._folder), "PATH": os.defpath,
        }  # fmt: skip
        with log.open("ab") as out:
            self._child = subprocess.Popen(  # noqa: S603 - our own binary with our own arguments
                command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=die_with_parent(),
            )  # fmt: skip
        note_pid(self._folder / "pid", self._child.pid)

    def _answers(self, ports: dict[str, int]) -> bool:
        """Wait until a file can be put and read back; tell whether that comes before the child ends or time runs out.

        The store lists its buckets well before its volumes are known: a read would fail then.
        """
        endpoint = f"127.0.0.1:{ports['s3']}"
        pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=2), retries=False)
        client = Minio(
            endpoint, self._access_key, self._secret_key, secure=False, region="us-east-1", http_client=pool
        )
        deadline = time.monotonic() + READY_SECONDS
        while self.alive() and time.monotonic() < deadline:
            with contextlib.suppress(MinioException, urllib3.exceptions.HTTPError, OSError, ValueError):
                self._try_out(client)
                self.endpoint = endpoint
                return self.alive()
            time.sleep(0.05)
        return False

    def _try_out(self, client: Minio) -> None:
        if not client.bucket_exists(self._bucket):
            client.make_bucket(self._bucket)
        client.put_object(self._bucket, PROBE, io.BytesIO(b"ready"), 5)
        client.get_object(self._bucket, PROBE).read()
        client.remove_object(self._bucket, PROBE)


def endpoint_of(data: Path) -> str | None:
    """Return host:port of the embedded store of a data folder, as it was last started; None before the first start."""
    ports = _read_ports(data / "s3")
    return f"127.0.0.1:{ports['s3']}" if ports and "s3" in ports else None


def weed_path() -> Path:
    """Return the SeaweedFS binary of this environment. Raises EmbeddedStoreFailed."""
    path = Path(sysconfig.get_path("scripts")) / "weed"
    if not path.exists():
        message = f"The object store program is missing ({path}): install the requirements again."
        raise EmbeddedStoreFailed(message)
    return path


def _read_ports(folder: Path) -> dict[str, int] | None:
    try:
        ports = json.loads((folder / "ports.json").read_text())
        return {str(name): int(port) for name, port in ports.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return None


def _sweep_sockets(ports: dict[str, int]) -> None:
    """Remove the sockets that SeaweedFS leaves behind under fixed names in /tmp."""
    numbers = [number for port in ports.values() for number in (port, port + GRPC_OFFSET)]
    for number in numbers:
        for path in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):  # noqa: S108 - its own fixed place
            with contextlib.suppress(OSError):
                path.unlink()


def _choose_port(taken: set[int]) -> int:
    for port in random.sample(range(FIRST_PORT, LAST_PORT), 2000):
        if port not in taken and _free(port):
            return port
    message = f"No free port between {FIRST_PORT} and {LAST_PORT} was found for the embedded object store."
    raise EmbeddedStoreFailed(message)


def _free(port: int) -> bool:
    for number in (port, port + GRPC_OFFSET):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                return False
    return True
