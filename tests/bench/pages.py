"""What the pages of a reviewer cost: `zhupi bench pages --open 10000 --json` (`--db sqlite|postgresql|URL`, `--count 60`).

Every open task is visible to the reviewer. The inbox is asked for as it opens, with a filter and to claim from, the task
page for a case with its form and files; requests are made inside the process: the server's time without the line.
"""

import argparse
import contextvars
import gc
import json
import statistics
import sys
import time
from typing import Any

from sqlalchemy import event, select
from werkzeug.test import EnvironBuilder

from storage.db import db
from storage.models import Task
from tests.bench import town as towns  # names the tests' folders
from tests.bench.files import Counted
from tests.bench.form import ask, cookie_of, signed_in
from tests.bench.inbox import fill
from tests.bench.rows import numbers
from workflows.commands.tasks import claim_task

WARM = 10


def measure(database: str, open_tasks: int, count: int) -> list[dict[str, Any]]:
    """Fill the house with open tasks and give the times of the pages."""
    with towns.town(database) as town:
        fill(town, open_tasks)
        reviewer = town.cast["review_agent"]
        mine = list(town.uow.session.scalars(select(Task.id).where(Task.status == "open").limit(1)))
        claim_task(town.uow, reviewer.actor, mine[0])
        app, browser = signed_in(town, reviewer, "a session of the bench")
        contextvars.Context().run(browser.get, "/inbox")
        head = cookie_of(app, browser)
        paths = {
            "inbox": "/inbox",
            "to claim": "/inbox?tab=claimable",
            "to claim, a filter": "/inbox?tab=claimable&due=week",
            "task": f"/tasks/{mine[0]}",
        }
        counted = Counted()
        event.listen(db.engine, "before_cursor_execute", counted.note)
        try:
            return [
                {"open": open_tasks, "page": name, **timed(app, path, head, count, counted)}
                for name, path in paths.items()
            ]
        finally:
            event.remove(db.engine, "before_cursor_execute", counted.note)


def timed(app: Any, path: str, head: dict[str, str], count: int, counted: Counted) -> dict[str, Any]:
    """Times of a page in ms, the first ones uncounted, and its statements."""
    walls, cpus = [], []
    gc.collect()
    gc.freeze()
    for number in range(count + WARM):
        environ = EnvironBuilder(path, headers=head).get_environ()
        counted.statements = 0
        wall, cpu = time.perf_counter(), time.process_time()
        ask(app, environ)
        if number >= WARM:
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
    return {
        "p50_ms": round(statistics.median(walls), 1),
        "p95_ms": round(sorted(walls)[int(len(walls) * 0.95)], 1),
        "cpu_ms": round(statistics.median(cpus), 1),
        "statements": counted.statements,
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(prog="zhupi bench pages", description=__doc__)
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--open", default="10000")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [row for many in numbers(["--open", given.open], "--open", "10000") for row in measure(given.db, many, given.count)]
    sys.stdout.write(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main()
