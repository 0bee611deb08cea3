"""What a web process counts about itself: requests, commands, statements, connections to the database.

Under gunicorn every worker process counts into files of one folder, and whichever of them is asked adds them up. Where
the disk is full, those files cannot grow: then it is not counted, and nobody is refused for it.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask, current_app
from sqlalchemy import event

from config.settings import counts_together
from service.current import EXTENSION
from storage.db import db

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STATEMENTS: Final = (1, 2, 4, 6, 8, 10, 12, 14, 17, 20, 30, 50, 100)
NO_ROOM: Final = (OSError, TypeError)
"""What counting raises where a file cannot be made, and afterwards where one was not made."""
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Measures:
    """The counters of one app. Labels are routes, verbs and codes of ours: nothing that somebody typed."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "zhupi_request_seconds",
            "Requests and how long they took, by route and class of status",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._statements = Histogram(
            "zhupi_request_statements",
            "Statements that a request sent to the database",
            ("method", "route"),
            buckets=STATEMENTS,
            registry=self.registry,
        )
        self._commands = Counter(
            "zhupi_commands",
            "Commands over HTTP by what they are called and what came of them",
            ("command", "code"),
            registry=self.registry,
        )
        self._connections = Gauge(
            "zhupi_database_connections",
            "Connections of the web processes to the database that are in use",
            multiprocess_mode="livesum",
            registry=self.registry,
        )

    def request(
        self, method: str, route: str, endpoint: str, status: int, code: str, seconds: float, statements: int
    ) -> None:
        """Count one answer; `code` is that of a refusal, else ok."""
        with suppress(*NO_ROOM):
            self._seconds.labels(method, route, f"{status // 100}xx").observe(seconds)
            self._statements.labels(method, route).observe(statements)
            if method not in READS:
                self._commands.labels(endpoint, code).inc()

    def watch_pool(self, engine: Any) -> None:
        """Count the connections that are taken from an engine's pool and given back."""
        event.listen(engine, "checkout", lambda *_: self.connected(1))
        event.listen(engine, "checkin", lambda *_: self.connected(-1))

    def connected(self, more: int) -> None:
        """Count connections that are taken, or given back; 0 makes the file of this process, while there is room for it."""
        with suppress(*NO_ROOM):
            self._connections.inc(more)

    def gathered(self) -> "CollectorRegistry":
        """Return the counts of all processes that count together with this one."""
        if not counts_together():
            return self.registry
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together


def init_measures(app: Flask) -> None:
    """Give an app its counters."""
    made = Measures()
    app.extensions[EXTENSION]["measures"] = made
    with app.app_context():
        made.watch_pool(db.engine)


def measures() -> Measures:
    """Return the counters of this app."""
    return cast("Measures", current_app.extensions[EXTENSION]["measures"])
