"""What a completion costs inside of the web process: `zhupi bench completion --db sqlite|postgresql --json`.

Reviews are prepared as for `bench http` and then completed one after the other through the WSGI application of this very
process: no server, no clients, only what is ours. ``cpu_ms`` is the median CPU time of a request; garbage is collected
as in production. With ``--profile N`` the N functions that take most of it are written to standard error.
"""

import argparse
import cProfile
import gc
import io
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from typing import Any
from wsgiref.util import setup_testing_defaults

os.environ.setdefault(
    "PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="zhupi-counts-")
)  # as under gunicorn

from tests.bench import http
from tests.bench import town as towns

WARM = 50


def environ_of(task_id: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    """The request that completes a task, as a server hands it to the application."""
    content = json.dumps(body, ensure_ascii=False).encode()
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    return environ | {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/api/v1/tasks/{task_id}/complete",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_IDEMPOTENCY_KEY": f"bench-{task_id}",
        "wsgi.input": io.BytesIO(content),
    }


def serve(app: Any, environ: dict[str, Any]) -> float:
    """Answer one request, which has to succeed; return the CPU seconds that it took."""
    told: list[str] = []
    begun = time.process_time()
    answer = app(environ, lambda status, _headers, _trouble=None: told.append(status))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    spent = time.process_time() - begun
    if told != ["200 OK"]:
        message = f"{told}: {content.decode()}"
        raise RuntimeError(message)
    return spent


def measure(app: Any, environs: list[dict[str, Any]], profile: int = 0) -> dict[str, Any]:
    """Serve all requests, the first of them uncounted."""
    for environ in environs[:WARM]:
        serve(app, environ)
    gc.collect()
    gc.freeze()
    watch = cProfile.Profile()
    if profile:
        watch.enable()
    found = sorted(serve(app, environ) * 1000 for environ in environs[WARM:])
    watch.disable()
    if profile:
        pstats.Stats(watch, stream=sys.stderr).sort_stats("tottime").print_stats(profile)
    return {
        "completions": len(found),
        "cpu_ms": round(statistics.median(found), 3),
        "mean_ms": round(statistics.fmean(found), 3),
        "least_ms": round(found[0], 3),
    }


def main() -> None:
    """Measure and write the row."""
    parser = argparse.ArgumentParser(prog="zhupi bench completion")
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--task", choices=("review", "payment"), default="review")
    parser.add_argument("--profile", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    from flask import current_app

    with towns.town(given.db) as town:
        environs = [environ_of(*one) for one in http.prepare(town, given.count + WARM, given.task)]
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        row = {"task": given.task, "database": given.db, **measure(app, environs, given.profile)}
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
