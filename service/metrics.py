"""`GET /metrics` in the text format of Prometheus: what the web counted, and what waits in the house."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.access import access
from service.current import clock, current_actor, unit_of_work
from service.measures import measures
from workflows import queries
from workflows.queries.views.house import HouseCounts

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@access("role:administrator|auditor|operator")
def metrics() -> Response:
    """Tell what there is to measure; a bounded number of statements, whatever there is in the house."""
    counts = queries.house_counts(unit_of_work(), current_actor())
    house = CollectorRegistry()
    house.register(_House(counts, clock().now()))
    text = generate_latest(measures().gathered()) + generate_latest(house)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


class _House(Collector):
    """The counts of the house as metrics, made at the scrape."""

    def __init__(self, counts: HouseCounts, now: datetime) -> None:
        self._counts = counts
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Nothing is known before the scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        counts = self._counts
        yield _gauge("zhupi_tasks_open", "Open user tasks", counts.tasks_open)
        yield _gauge("zhupi_tasks_overdue", "Open user tasks past their deadline", counts.tasks_overdue)
        running = {**counts.instances, "quarantined": counts.quarantined}
        yield _labelled("zhupi_instances", "Applications that have not ended", "status", running)
        yield from self._jobs()
        yield _gauge("zhupi_timers_set", "Timers that are set", counts.timers_set)
        yield _gauge("zhupi_timers_due", "Timers that should have fired", counts.timers_due)
        yield _gauge("zhupi_timers_failed", "Timers that could not be carried out", counts.timers_failed)
        yield _gauge(
            "zhupi_timers_oldest_due_age_seconds",
            "For how long the oldest timer has been due",
            _age(counts.oldest_timer, self._now),
        )
        leases = {"job": sum(one.leased for one in counts.jobs), "timer": counts.timers_leased}
        yield _labelled("zhupi_leases", "Leases that workers hold", "kind", leases)
        yield _labelled("zhupi_incidents_open", "Incidents that nobody closed", "kind", counts.incidents)
        yield _labelled(
            "zhupi_attachments", "Files that are not part of a submission", "status", counts.attachments
        )
        yield _gauge(
            "zhupi_access_records_unchained",
            "Records of access that have no place in a stream yet",
            counts.access_unchained,
        )
        yield from self._workers()

    def _jobs(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("zhupi_jobs", "Jobs that are not done", labels=("kind", "state"))
        oldest = [one.oldest for one in self._counts.jobs if one.oldest is not None]
        for one in self._counts.jobs:
            for state in ("waiting", "leased", "failed"):
                jobs.add_metric((one.kind, state), getattr(one, state))
        yield jobs
        yield _gauge(
            "zhupi_jobs_oldest_due_age_seconds",
            "For how long the oldest job that nobody has taken has been due",
            _age(min(oldest, default=None), self._now),
        )

    def _workers(self) -> Iterator[Metric]:
        lively = [one for one in self._counts.workers if one.lives]
        yield _gauge("zhupi_workers", "Workers that showed themselves in the last minute", len(lively))
        seen = GaugeMetricFamily(
            "zhupi_worker_seen_timestamp_seconds", "When a worker last showed itself", labels=("worker",)
        )
        took = GaugeMetricFamily(
            "zhupi_worker_round_seconds", "How long its last round took", labels=("worker",)
        )
        memory = GaugeMetricFamily(
            "zhupi_worker_resident_memory_bytes", "How much memory it holds", labels=("worker",)
        )
        rounds = CounterMetricFamily("zhupi_worker_rounds", "Its rounds", labels=("worker",))
        pieces = CounterMetricFamily(
            "zhupi_worker_pieces", "Jobs, timers and records done", labels=("worker",)
        )
        troubles = CounterMetricFamily("zhupi_worker_troubles", "Rounds cut short", labels=("worker",))
        for one in lively:
            label = (f"{one.host}:{one.process}",)
            seen.add_metric(label, one.seen_at.timestamp())
            took.add_metric(label, one.round_ms / 1000)
            memory.add_metric(label, one.memory)
            rounds.add_metric(label, one.rounds)
            pieces.add_metric(label, one.pieces)
            troubles.add_metric(label, one.troubles)
        yield from (seen, took, memory, rounds, pieces, troubles)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    """Return seconds since an instant, 0 where there is none or it is still to come."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
