"""What files and the everyday requests cost: `zhupi bench files --json` (`--db sqlite|postgresql|URL`, `--count 40`).

Files of 5 MB go through a web server of their own, one after the other: time as the client sees it, CPU of all of its
processes, the one that checks files included, and their largest memory. The other requests are made inside the process:
time of the whole request, and its statements without PRAGMA, BEGIN and COMMIT.
"""

import argparse
import contextlib
import contextvars
import dataclasses
import io
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from itertools import count as counting
from pathlib import Path
from typing import Any

import pikepdf
from flask import current_app
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event

from storage.actor import SYSTEM
from storage.db import db
from tests.bench import town as towns  # names the tests' folders
from tests.bench.rows import write
from workflows.commands.instances import start_instance
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

MEGABYTES = 5
WARM = 5
ROWS = 50
BOUNDARY = "zhupi-bench"


def measure(database: str, count: int) -> list[dict[str, Any]]:
    """Build the house and measure one kind of request after the other."""
    with towns.town(database) as town:
        return [*measure_files(town, count), *measure_requests(town, count)]


# -- files, over a real server ------------------------------------------------------------------------------------------


def measure_files(town: towns.Town, count: int) -> Iterator[dict[str, Any]]:
    """Upload and fetch a photograph and a PDF of 5 MB."""
    applicant = town.cast["applicant"]
    task = start_instance(town.uow, applicant.actor, towns.PROCESS).tasks[0]
    town.uow.session.rollback()
    path = f"/api/v1/tasks/{task.id}/attachments"
    with (
        towns.web(town.environment) as web,
        contextlib.closing(HTTPConnection("127.0.0.1", web.port)) as line,
    ):
        head = {**applicant.headers, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

        def call(method: str, address: str, body: bytes = b"", **headers: str) -> bytes:
            line.request(method, address, body, {**applicant.headers, **headers})
            reply = line.getresponse()
            read = reply.read()
            assert reply.status in (200, 201, 204), read[:500]
            return read

        for name, content in (("a.jpg", photograph()), ("a.pdf", document())):
            times: dict[str, list[float]] = {"upload": [], "download": []}
            cpu = {"upload": 0.0, "download": 0.0}
            body = multipart(name, content)
            for number in range(count + WARM):
                before = cpu_of(web)
                begun = time.perf_counter()
                line.request("POST", path, body, head)
                reply = line.getresponse()
                read = reply.read()
                uploaded, between = time.perf_counter() - begun, cpu_of(web)
                assert reply.status == 201, read[:500]
                file_id = id_in(read)
                begun = time.perf_counter()
                fetched = call("GET", f"/api/v1/attachments/{file_id}")
                downloaded, after = time.perf_counter() - begun, cpu_of(web)
                assert fetched == content
                call("DELETE", f"/api/v1/attachments/{file_id}")
                if number >= WARM:
                    times["upload"].append(uploaded)
                    times["download"].append(downloaded)
                    cpu["upload"] += between - before
                    cpu["download"] += after - between
            for verb, taken in times.items():
                yield {
                    "what": f"{verb}_{name.rpartition('.')[2]}",
                    "bytes": len(content),
                    **spread(taken),
                    "cpu_ms": round(cpu[verb] * 1000 / count, 1),
                }
        yield {"what": "memory", **memory_of(web)}


def photograph() -> bytes:
    """A JPEG of about 5 MB, as a phone takes it."""
    noise = Image.frombytes("RGB", (1600, 1200), random.Random(1).randbytes(1600 * 1200 * 3))  # noqa: S311
    out = io.BytesIO()
    noise.resize((3300, 2475)).save(out, "JPEG", quality=89)
    return out.getvalue()


def document() -> bytes:
    """A scan of 5 MB in a PDF."""
    made, out = pikepdf.new(), io.BytesIO()
    page = made.add_blank_page()
    content = random.Random(1).randbytes(MEGABYTES * 1024 * 1024)  # noqa: S311
    page.obj.Scan = made.make_stream(content)
    made.save(out)
    return out.getvalue()


def multipart(name: str, content: bytes) -> bytes:
    """The body of an upload."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="field"\r\n\r\napplication_form\r\n'
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return (part + file).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def id_in(body: bytes) -> str:
    """The id in a reply."""
    return str(json.loads(body)["id"])


def family(web: towns.Web) -> list[int]:
    """The server, its workers, and what they started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [web.process.pid]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_of(web: towns.Web) -> float:
    """Seconds of processor time of the family so far, with that of members that have ended."""
    ticks = 0
    for pid in family(web):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of(web: towns.Web) -> dict[str, int]:
    """The largest memory that a worker and the server of checking processes ever had, in MB."""
    peaks: dict[bool, list[int]] = {True: [0], False: [0]}
    workers = set(web.pids()[1:])
    for pid in family(web)[1:]:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
            peaks[pid in workers].append(peak // 1024)
    return {"web_peak_mb": max(peaks[True]), "check_server_peak_mb": max(peaks[False])}


# -- everyday requests, inside the process -------------------------------------------------------------------------------


@dataclasses.dataclass
class Counted:
    """Statements since it was last set to nothing."""

    statements: int = 0

    def note(self, _c: object, _u: object, text: str, *_: object) -> None:
        """Count one, unless it only begins a transaction."""
        self.statements += not text.startswith(("BEGIN", "PRAGMA"))


def measure_requests(town: towns.Town, count: int) -> Iterator[dict[str, Any]]:
    """Start, draft of 50 rows, claim, the page of an application and its journal."""
    applicant, reviewer, auditor = (town.cast[key] for key in ("applicant", "review_agent", "auditor"))
    started: list[str] = []
    case = str(towns.submit(town))
    reviews = [str(towns.open_task(town, towns.submit(town), "review")) for _ in range(count + WARM)]
    from cast import begin_session

    files = read_folder(towns.PACKAGE)
    form = "forms/application.json"
    files[form] = files[form].replace(
        b'"maxRows": 6', b'"maxRows": %d' % ROWS
    )  # the form of the house takes six
    deploy_package(town.uow, SYSTEM, files)
    rows = {
        "company": "青枫售电有限公司",
        "lines": [{"package": "basic", "years": "3", "quantity": 1}] * ROWS,
    }
    token = "a session of the bench"
    town.uow.session.rollback()
    begin_session(town.uow, applicant, token)
    town.uow.session.rollback()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    browser, program = app.test_client(), app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = token
    keys = counting()

    def ask(client: FlaskClient, who: Any, verb: str, path: str, **more: Any) -> Any:
        head = {**(who.headers if who else {}), "Idempotency-Key": f"bench-{next(keys)}"}
        # In a context of its own, as a server has it: within the house's, requests would share one actor.
        reply = contextvars.Context().run(client.open, path, method=verb, headers=head, **more)
        assert reply.status_code in (200, 201), reply.get_data(as_text=True)[:500]
        return reply

    def start(_: int) -> None:
        body = {"process_key": towns.PROCESS}
        made = ask(program, applicant, "POST", "/api/v1/instances", json=body).json
        started.append(made["tasks"][0]["id"])

    requests: dict[str, Callable[[int], Any]] = {
        "start": start,
        "draft_50_rows": lambda n: ask(
            program, applicant, "PUT", f"/api/v1/tasks/{started[n]}/draft", json={"answers": rows}
        ),
        "claim": lambda n: ask(program, reviewer, "POST", f"/api/v1/tasks/{reviews[n]}/claim"),
        "instance_page": lambda _: ask(browser, None, "GET", f"/instances/{case}"),
        "task_page": lambda n: ask(browser, None, "GET", f"/tasks/{started[n]}"),
        "journal": lambda _: ask(program, auditor, "GET", f"/api/v1/instances/{case}/journal"),
    }
    counted = Counted()
    event.listen(db.engine, "before_cursor_execute", counted.note)
    try:
        for what, one in requests.items():
            times, statements, cpu = [], 0, 0.0
            for number in range(count + WARM):
                counted.statements = 0
                cpu = time.process_time() if number == WARM else cpu
                begun = time.perf_counter()
                one(number)
                times.append(time.perf_counter() - begun)
                statements = counted.statements
            spent = round((time.process_time() - cpu) * 1000 / count, 1)
            yield {"what": what, **spread(times[WARM:]), "cpu_ms": spent, "statements": statements}
    finally:
        event.remove(db.engine, "before_cursor_execute", counted.note)


def spread(seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(statistics.median(ordered) * 1000, 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
    }


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(prog="zhupi bench files")
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    write(measure(given.db, given.count), as_json=given.json)


if __name__ == "__main__":
    main()
