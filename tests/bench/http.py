"""What it costs to complete a task over HTTP: `zhupi bench http --db sqlite|postgresql|URL --clients 8 --json`.

``review``: the review of ``certificate_issuance`` is approved: real form, price table, payment order, the payment opens.
``payment``: its voucher is handed in: real form, one attachment, the finance task opens. Both by token, each request with
an idempotency key. ``bare_per_s`` is the same server on the least work that a completion could be (``bare.py``).
"""

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

from tests.bench import bare, load
from tests.bench import town as towns

WARM = 40


def measure(database: str, clients: int, count: int, task: str) -> dict[str, Any]:
    """Complete ``count`` tasks by ``clients`` clients and give the figures."""
    with towns.town(database) as town:
        wanted = prepare(town, count + WARM + 1, task)
        counted = count_statements(town, wanted.pop())
        with towns.web(town.environment) as web:
            requests = [complete(web.port, *one) for one in wanted]
            drive(web.port, clients, requests[:WARM])
            cpu = web.cpu_seconds()
            found = drive(web.port, clients, requests[WARM:])
            cpu, memory = web.cpu_seconds() - cpu, web.memory_mb()
        bare_rate, bare_cpu = measure_bare(town, clients, count, counted.pop("reply_bytes"))
    times = sorted(seconds * 1000 for _, seconds in found["replies"])
    rate = len(times) / found["seconds"]
    return {
        "task": task,
        "database": database if database in ("sqlite", "postgresql") else "url",
        "completions_per_s": round(rate, 1),
        "cpu_ms": round(cpu * 1000 / len(times), 2),
        **counted,
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "bare_per_s": round(bare_rate, 1),
        "bare_cpu_ms": round(bare_cpu, 2),
        "ratio_to_bare": round(rate / bare_rate, 3),
        "web_mb": round(memory),
    }


def prepare(town: towns.Town, count: int, task: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Cases up to the task: its id, the token of who completes it, and the body of the request."""
    found = []
    for _ in range(count):
        if task == "review":
            task_id = towns.open_task(town, towns.submit(town), "review")
            body = {"outcome": "approved", "answers": {}, "task_version": 1}
            found.append((str(task_id), town.cast["review_agent"].token, body))
        else:
            task_id, file_id = towns.pay_ready(town)
            body = {"outcome": "paid", "answers": towns.payment_answers(file_id), "task_version": 1}
            found.append((str(task_id), town.cast["applicant"].token, body))
    town.uow.session.rollback()
    return found


def complete(port: int, task_id: str, token: str, body: dict[str, Any]) -> bytes:
    """The request that completes a task."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"bench-{task_id}",
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    return load.request("POST", f"/api/v1/tasks/{task_id}/complete", port, headers, content)


def drive(port: int, clients: int, requests: list[bytes]) -> dict[str, Any]:
    """Send the requests from a process of its own; every one has to succeed."""
    given = json.dumps(
        {"port": port, "clients": clients, "requests": [one.decode("latin-1") for one in requests]}
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        cwd=towns.ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    wrong = [status for status, _ in found["replies"] if status != 200]
    if wrong:
        message = f"{len(wrong)} of {len(requests)} requests were refused, the first with {wrong[0]}"
        raise RuntimeError(message)
    return found


def count_statements(town: towns.Town, one: tuple[str, str, dict[str, Any]]) -> dict[str, int]:
    """Statements and commits of one request, authentication included; PRAGMA, BEGIN and COMMIT are none."""
    from flask import current_app
    from sqlalchemy import event

    from storage.db import db

    task_id, token, body = one
    statements: list[str] = []
    commits: list[int] = []

    def statement(_c: object, _u: object, text: str, *_: object) -> None:
        if not text.startswith(("BEGIN", "PRAGMA")):
            statements.append(text)

    def commit(_c: object) -> None:
        commits.append(1)

    town.uow.session.rollback()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    engine = db.engine
    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        reply = app.test_client().post(
            f"/api/v1/tasks/{task_id}/complete",
            json=body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "count"},
        )
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    if "-v" in sys.argv:
        sys.stderr.write("\n".join(statements) + "\n")
    return {"sql_statements": len(statements), "commits": len(commits), "reply_bytes": len(reply.data)}


def measure_bare(town: towns.Town, clients: int, count: int, reply_bytes: int) -> tuple[float, float]:
    """Requests per second and CPU milliseconds of the bare endpoint on the same database server."""
    bare.prepare(town.settings.database_url, count + WARM)
    environment = {**town.environment, "ZHUPI_BARE_REPLY_BYTES": str(reply_bytes)}
    with towns.web(environment, "tests.bench.bare:make_app()") as web:
        requests = [load.request("POST", f"/bare/{n}", web.port, {}) for n in range(count + WARM)]
        drive(web.port, clients, requests[:WARM])
        cpu = web.cpu_seconds()
        found = drive(web.port, clients, requests[WARM:])
        cpu = web.cpu_seconds() - cpu
    return count / found["seconds"], cpu * 1000 / count


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(prog="zhupi bench http")
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--task", choices=("review", "payment"), default="review")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-v", action="store_true", help="Write the counted statements to standard error.")
    given = parser.parse_args()
    row = measure(given.db, given.clients, given.count, given.task)
    if given.json:
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    main()
