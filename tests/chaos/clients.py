"""Clients that go on whatever happens, and write down what was acknowledged: one line, synced, for each 2xx.

`python -m tests.chaos.clients PORT CLIENTS FOLDER` with the tokens on standard input; ends on SIGTERM after what is in
hand. Every write carries an idempotency key and is repeated with it until it is answered; some are sent twice on purpose.
"""

import contextlib
import hashlib
import http.client
import io
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from workflows.scenarios.files import sample_file

PATIENCE_SECONDS = 120
WAITING_SECONDS = 90
PAUSE_SECONDS = 0.1
SLOW_SECONDS = 2.5
LOOKING_SECONDS = 0.3
stop = threading.Event()


class Refused(Exception):
    """The house said no, in a way that repeating does not change."""


class Client:
    """One applicant and one clerk in a thread; `ledger` is what they were told is done."""

    def __init__(self, number: int, port: int, folder: Path, tokens: Mapping[str, str]) -> None:
        self.port, self.tokens = port, tokens
        self.chance = random.Random(number)  # noqa: S311 - a reproducible load, no secret
        self.ledger = os.open(folder / f"ledger-{number}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Take cases from start to end until it is time to stop."""
        while not stop.is_set():
            try:
                self.case()
            except Refused as refused:
                self.note({"kind": "refused", "why": str(refused)})

    def case(self) -> None:
        """One case: begin, upload, hand in, decide, look again and tell (sometimes sent back at either), take."""
        case = self.write("asks", "/instances", {"process_key": "chaos"})
        self.note_done("start", case, instance=case["id"])
        task: dict[str, Any] | None = case["tasks"][0]
        while task is not None and not self.one_pass(case["id"], task["id"]):
            task = self.awaited("asks", case["id"], "ask")
        take = self.awaited("asks", case["id"], "take")
        if take is not None:
            self.complete("asks", case["id"], take["id"], "taken", {})

    def one_pass(self, instance_id: str, task_id: str) -> bool:
        """Hand in and decide; False when the case was sent back to its beginning, or when it is time to stop."""
        file_id, ticket = self.attach(task_id, instance_id), str(uuid4())
        answers = {
            "name": f"Contact {uuid4()}",
            "ticket": ticket,
            "amount": self.chance.randint(1, 1000),
            "paper": [file_id],
        }
        self.complete("asks", instance_id, task_id, "submitted", answers)
        review = self.awaited("decides", instance_id, "review")
        if review is None:
            return False
        stop.wait(self.chance.choice((0, 0, 0, SLOW_SECONDS)))  # the reminder repeats meanwhile
        luck = self.chance.random()
        if luck < 0.1:
            self.send_back(instance_id, review["id"])
            return False
        if luck < 0.25:
            self.complete("decides", instance_id, review["id"], "returned", {"opinion": "x"})
            return False
        self.complete("decides", instance_id, review["id"], "approved", {"opinion": "x"})
        look = self.awaited("decides", instance_id, "look")
        if look is None:
            return False
        told = self.chance.random() < 0.5
        if told:
            self.tell(instance_id, ticket)
        if self.chance.random() < 0.15:  # while errand, timer and messages of this pass are under way
            self.send_back(instance_id, look["id"])
            return False
        self.complete("decides", instance_id, look["id"], "fine", {})
        if not told:
            self.tell(instance_id, ticket)
        return True

    def send_back(self, instance_id: str, task_id: str) -> None:
        """Return a case to its first step, where no flow is drawn."""
        body = {"to": "ask", "reason": "x", "task_version": self.read("decides", f"/tasks/{task_id}")["version"]}
        done = self.write("decides", f"/tasks/{task_id}/return", body)
        self.note_done("return", done, instance=instance_id, task=task_id)

    def tell(self, instance_id: str, ticket: str) -> None:
        """Bring the message that the case awaits."""
        done = self.write("tells", "/messages", {"message": "notice", "correlation": ticket})
        self.note_done("message", done, instance=instance_id, ticket=ticket)

    def attach(self, task_id: str, instance_id: str) -> str:
        """Upload a small real file."""
        boundary = uuid4().hex
        content = sample_file("a.pdf")
        body = io.BytesIO()
        body.write(f'--{boundary}\r\nContent-Disposition: form-data; name="field"\r\n\r\npaper\r\n'.encode())
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        body.write(
            f"{head}Content-Type: application/pdf\r\n\r\n".encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        kind = f"multipart/form-data; boundary={boundary}"
        done = self.send("asks", "POST", f"/tasks/{task_id}/attachments", body.getvalue(), kind, uuid4().hex)
        self.note_done(
            "attach", done, instance=instance_id, file=done["id"], sha256=hashlib.sha256(content).hexdigest()
        )
        return str(done["id"])

    def complete(
        self, who: str, instance_id: str, task_id: str, outcome: str, answers: Mapping[str, Any]
    ) -> None:
        """Complete a task at the version that is read now."""
        version = self.read(who, f"/tasks/{task_id}")["version"]
        body = {"outcome": outcome, "answers": answers, "task_version": version}
        done = self.write(who, f"/tasks/{task_id}/complete", body)
        self.note_done("complete", done, instance=instance_id, task=task_id)

    def awaited(self, who: str, instance_id: str, element: str) -> dict[str, Any] | None:
        """The open task of a step, as soon as it is there; None when it is time to stop."""
        deadline = time.monotonic() + WAITING_SECONDS
        while not stop.is_set():
            found = self.read(who, f"/instances/{instance_id}")["open_tasks"]
            task = next((one for one in found if one["element_id"] == element), None)
            if task is not None:
                return dict(task)
            if time.monotonic() > deadline:
                self.note({"kind": "never", "instance": instance_id, "element": element})
                return None
            stop.wait(LOOKING_SECONDS)
        return None

    # -- HTTP -----------------------------------------------------------------------------------------------------------

    def read(self, who: str, path: str) -> dict[str, Any]:
        """Read until an answer comes."""
        return self.send(who, "GET", path, None, None, None)

    def write(self, who: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a command, now and then twice, with the same key."""
        content, key = json.dumps(body).encode(), uuid4().hex
        done = self.send(who, "POST", path, content, "application/json", key)
        if self.chance.random() < 0.2:
            again = self.send(who, "POST", path, content, "application/json", key)
            if again["id"] != done["id"]:
                self.note({"kind": "other", "first": done["id"], "second": again["id"]})
        return done

    def send(
        self, who: str, method: str, path: str, body: bytes | None, kind: str | None, key: str | None
    ) -> dict[str, Any]:
        """Send one request until it is answered with something else than 5xx."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Accept-Language": "en"}
        headers |= {"Content-Type": kind} if kind else {}
        headers |= {"Idempotency-Key": key} if key else {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.sent = time.time()
            status, content = self.once(method, "/api/v1" + path, body, headers)
            if 200 <= status < 300:
                self.answered = time.time()
                found: dict[str, Any] = json.loads(content)
                return found
            if (status and status < 500) or time.monotonic() > deadline:
                message = f"{method} {path}: {status} {content[:300]!r}"
                raise Refused(message)
            if status not in (0, 503):
                self.note({"kind": "trouble", "status": status, "path": path})
            time.sleep(PAUSE_SECONDS)

    def once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Send it once; 0 is no answer."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request(method, path, body, dict(headers))
            reply = self.connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException):
            with contextlib.suppress(Exception):
                if self.connection is not None:
                    self.connection.close()
            self.connection = None
            return 0, b""

    def note_done(self, kind: str, done: Mapping[str, Any], **more: Any) -> None:
        """Write down what was acknowledged, when it was sent and answered."""
        self.note({"kind": kind, "id": done["id"], "sent": self.sent, "answered": self.answered, **more})

    def note(self, line: Mapping[str, Any]) -> None:
        """One line, on the disk before anything else happens."""
        os.write(self.ledger, json.dumps(line).encode() + b"\n")
        os.fsync(self.ledger)


def main() -> None:
    """Run the clients until SIGTERM."""
    port, clients, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    tokens = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [threading.Thread(target=Client(n, port, folder, tokens).run) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)


if __name__ == "__main__":
    main()
