"""Compares what the clients were told is done with the journal, the store and the errands. The words are in docs/drills.md."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage import canonical
from storage.chain import instance_stream
from storage.models import (
    Attachment,
    AwaitedMessage,
    Event,
    IdempotencyKey,
    Incident,
    Instance,
    Job,
    Task,
    Timer,
)
from storage.unit_of_work import UnitOfWork
from tests.chaos.drill import Kill
from workflows.papers.kinds import ISSUE_KIND
from workflows.replay import replay_instance

DONE = ("start", "attach", "complete", "return", "message")
OVERDUE_SECONDS = 15
KEPT = ("held", "committed")


class Judge:
    """Reads everything once after the drill; `folder` holds the ledgers of the clients and the errands."""

    def __init__(self, uow: UnitOfWork, folder: Path, kills: list[Kill]) -> None:
        uow.session.rollback()
        self.uow, self.session, self.folder, self.kills = uow, uow.session, folder, kills
        lines = [line for path in sorted(folder.glob("ledger-*")) for line in path.read_text().splitlines()]
        self.noted: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.done = [line for line in self.noted if line["kind"] in DONE]

    def row(self) -> dict[str, Any]:
        """All figures of the drill."""
        chain, replay = self._histories()
        told = Counter(line["kind"] for line in self.noted)
        recoveries = self.recoveries()
        return {
            "acknowledged": len(self.done),
            "lost": len(self.lost()),
            "doubled": self.doubled(),
            "redelivered": self.redelivered(),
            "stranded": len(self.stranded()),
            "chain_ok": chain,
            "replay_ok": replay,
            "recovery_s": spread([seconds for part in recoveries.values() for seconds in part]),
            "recovery_by_part_s": {part: spread(found) for part, found in recoveries.items()},
            "kills": dict(Counter(kill.part for kill in self.kills)),
            "done": {kind: told[kind] for kind in DONE},
            "worked": dict(Counter(event["action"] for event in self._worked)),
            "cases": len(self._instances),
            "overdue": self.overdue(),
            "incidents": self._count(sa.select(Incident.id).where(Incident.closed_at.is_(None))),
            "refused": told["refused"],
            "errors": told["trouble"],
            "never": told["never"],
        }

    # -- lost, doubled, redelivered, stranded ---------------------------------------------------------------------------

    def lost(self) -> list[dict[str, Any]]:
        """What a client was told is done and the journal does not know."""
        return [line for line in self.done if not self._is_there(line)]

    def _is_there(self, line: dict[str, Any]) -> bool:
        kind = line["kind"]
        if kind == "start":
            return line["id"] in self._instances
        if kind == "attach":
            return self._is_kept(line["file"], line["sha256"])
        if kind == "message":
            return self._correlated["notice", line["ticket"]] > 0
        return self._ended["task.completed" if kind == "complete" else "task.returned", line["task"]] > 0

    def _is_kept(self, file_id: str, sha256: str) -> bool:
        """A file has its row and its bytes; one whose task was sent back before it was handed in may have gone."""
        row = self.session.get(Attachment, UUID(file_id))
        if row is None or row.sha256 != sha256:
            return False
        with self.uow.documents.open(row.object_key) as content:
            return hashlib.sha256(b"".join(content)).hexdigest() == sha256

    def doubled(self) -> int:
        """Two things for one key, or one job's result applied twice."""
        keyed = {str(one) for one in self.session.scalars(sa.select(IdempotencyKey.resource_id))}
        files = self.session.scalars(sa.select(Attachment.id).where(Attachment.status.in_(KEPT)))
        results = Counter(
            (event["stream"], event["action"], event["details"]["key"], str(event["details"].get("due")))
            for event in self._events("service_task.completed", "timer.fired")
        )
        counts = (self._ended, self._correlated, results)
        return (
            len(self._instances - keyed)
            + len({str(one) for one in files} - keyed)
            + sum(times - 1 for count in counts for times in count.values())
            + sum(line["kind"] == "other" for line in self.noted)
        )

    def redelivered(self) -> int:
        """Errands outside that were run again with the same key."""
        path = self.uow.settings.data / "errands"
        lines = path.read_text().split() if path.exists() else []
        return len(lines) - len(set(lines))

    def stranded(self) -> list[UUID]:
        """Active cases for which nothing and nobody is on the way."""
        of = Instance.id
        waits = [
            sa.exists().where(Task.instance_id == of, Task.status == "open"),
            sa.exists().where(Timer.instance_id == of),
            sa.exists().where(AwaitedMessage.instance_id == of),
            sa.exists().where(Job.instance_id == of, Job.status == "waiting", Job.kind != ISSUE_KIND),  # moves no case
            sa.exists().where(Incident.instance_id == of, Incident.closed_at.is_(None)),
        ]
        return list(
            self.session.scalars(sa.select(Instance.id).where(Instance.status == "active", ~sa.or_(*waits)))
        )

    def overdue(self) -> int:
        """Jobs and timers that the house, running and without load, has left lying; papers come after all other work."""
        before = self.uow.clock.now() - timedelta(seconds=OVERDUE_SECONDS)
        jobs = sa.select(Job.id).where(Job.status == "waiting", Job.due_at < before, Job.kind != ISSUE_KIND)
        running = sa.select(Instance.id).where(Instance.status == "active")
        timers = sa.select(Timer.key).where(
            Timer.due_at < before, Timer.failed_at.is_(None), Timer.instance_id.in_(running)
        )
        return self._count(jobs) + self._count(timers)

    def _count(self, statement: sa.Select[Any]) -> int:
        return len(self.session.scalars(statement).all())

    def _histories(self) -> tuple[bool, bool]:
        chain = replay = True
        for instance_id in self._instances:
            chain &= self.uow.journal.verify(instance_stream(UUID(instance_id))).ok
            replay &= replay_instance(self.uow, UUID(instance_id)).ok
        return chain, replay

    @cached_property
    def _instances(self) -> set[str]:
        found = self.session.scalars(sa.select(Instance.id).where(Instance.process_key == "chaos"))
        return {str(one) for one in found}

    @cached_property
    def _ended(self) -> "Counter[tuple[str, str]]":
        actions = ("task.completed", "task.returned")
        rows = self.session.execute(sa.select(Event.action, Event.task_id).where(Event.action.in_(actions)))
        return Counter((action, str(task_id)) for action, task_id in rows)

    @cached_property
    def _correlated(self) -> "Counter[tuple[str, str]]":
        return Counter(
            (event["details"]["message"], event["details"]["correlation"])
            for event in self._events("message.correlated")
        )

    def _events(self, *actions: str) -> Iterator[dict[str, Any]]:
        for body in self.session.scalars(sa.select(Event.body).where(Event.action.in_(actions))):
            yield canonical.decode(body)

    # -- recovery -------------------------------------------------------------------------------------------------------

    def recoveries(self) -> dict[str, list[float]]:
        """Seconds from each kill to the first thing of that part's kind that was asked for after it and done.

        Of the house: until it said that it is ready, since what it left behind answers for a moment longer. A part that
        was not back when the house itself was killed counts with the house.
        """
        written = [(line["sent"], line["answered"]) for line in self.done if line["kind"] != "attach"]
        stored = [(line["sent"], line["answered"]) for line in self.done if line["kind"] == "attach"]
        houses = [kill.at for kill in self.kills if kill.part == "house"]
        found: dict[str, list[float]] = {}
        for kill in self.kills:
            if kill.back is not None:
                after = [kill.back - kill.at]
            elif kill.part == "worker":
                after = self._worked_after(kill.at)
            else:
                acts = stored if kill.part == "object store" else written
                after = [answered - kill.at for sent, answered in acts if sent > kill.at]
            if after and not any(kill.at < at < kill.at + min(after) for at in houses):
                found.setdefault(kill.part, []).append(min(after))
        return found

    def _worked_after(self, at: float) -> list[float]:
        """Seconds to the first result of a worker, counted from when the first of the work left was asked for."""
        later = [
            (event["at"].timestamp(), self._asked.get((event["stream"], event["details"]["key"]), at))
            for event in self._worked
            if event["at"].timestamp() > at
        ]
        if not later:
            return []
        return [min(done for done, _ in later) - max(at, min(asked for _, asked in later))]

    @cached_property
    def _worked(self) -> list[dict[str, Any]]:
        """What only a worker does: results of errands, and messages brought from case to case."""
        found = list(self._events("service_task.completed", "message.correlated"))
        return [event for event in found if event["details"].get("message") != "notice"]

    @cached_property
    def _asked(self) -> dict[tuple[str, str], float]:
        """When each errand was asked for."""
        rows = self.session.execute(sa.select(Job.instance_id, Job.task_key, Job.created_at))
        return {
            (f"instance:{instance_id}", str(key)): created_at.astimezone(UTC).timestamp()
            for instance_id, key, created_at in rows
        }


def spread(found: list[float]) -> dict[str, float]:
    """Median, 95th percentile and largest of some seconds."""
    ordered = sorted(found)
    if not ordered:
        return {"p50": 0.0, "p95": 0.0, "max": 0.0}
    at = [ordered[round((len(ordered) - 1) * part)] for part in (0.5, 0.95, 1.0)]
    return dict(zip(("p50", "p95", "max"), (round(one, 2) for one in at), strict=True))
