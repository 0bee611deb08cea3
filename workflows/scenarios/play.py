"""Plays one scenario through the real commands and compares the whole picture after every step."""

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from storage.actor import Actor
from storage.chain import instance_stream
from storage.errors import StorageError
from storage.models import Event, GroupMember, Instance, PaymentOrder, RegisterEntry, Task
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork
from workflows.calendar import BEIJING
from workflows.commands.attachments import attach_file
from workflows.commands.instances import cancel_instance, start_instance, withdraw_instance
from workflows.commands.returns import return_task
from workflows.commands.signers import add_signer, remove_signer
from workflows.commands.suspension import resume_instance, suspend_instance
from workflows.commands.tasks import claim_task, complete_task, release_task
from workflows.errors import DomainError
from workflows.forms import InvalidForm
from workflows.packages import Package
from workflows.packages.inside import fields_of
from workflows.queries import working_calendar
from workflows.replay import replay_instance
from workflows.scenarios.files import sample_file
from workflows.scenarios.pauses import end_of_pause
from workflows.scenarios.script import ON_SIGNERS, OpenTask, Pause, Scenario, Step, Verb
from workflows.worker_jobs import run_due

PACE: Final = timedelta(minutes=10)
WORKER_ROUNDS: Final = 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Company:
    """The cast as it exists in the database: who is who, who plays which lane, who applies for whom."""

    actors: Mapping[str, Actor]
    lanes: Mapping[str, frozenset[str]]

    def name_of(self, account_id: UUID | None) -> str | None:
        """Return the key of a person in the cast."""
        return next((key for key, actor in self.actors.items() if actor.account_id == account_id), None)


class Differs(Exception):
    """A step did not end as the scenario says."""


@dataclass
class Play:
    """One scenario on its way. `failure` says at which step, what was expected and what was there."""

    uow: UnitOfWork
    clock: FixedClock
    package: Package
    company: Company
    scenario: Scenario
    instance_id: UUID | None = None
    steps: int = 0
    failure: str | None = None
    files: dict[tuple[str, str], tuple[UUID, list[str]]] = field(default_factory=dict)
    meant: tuple[int, UUID | None] = (0, None)

    def play(self) -> bool:
        """Play all steps, stop at the first that differs, then replay the journal. Return whether all went well."""
        for step in self.scenario.steps:
            if not self._passes(step, self._take, lambda _: self._let_the_worker_finish(), self._compare):
                return False
            self.steps += 1
            self.clock.advance(PACE)
        last = self.scenario.steps[-1]
        return self._passes(last, lambda _: self._replay())

    def _passes(self, step: Step, *parts: Callable[[Step], None]) -> bool:
        try:
            for part in parts:
                part(step)
        except Differs as why:
            self._fail(step, str(why))
        except Exception as broken:  # a scenario that breaks the house is a failed scenario, the others go on
            logger.debug("scenario %s broke", self.scenario.key, exc_info=True)
            self._fail(step, f"broke with {type(broken).__name__}: {broken}")
        else:
            return True
        return False

    def _replay(self) -> None:
        """Make every step again from the journal alone."""
        self.uow.session.rollback()
        if self.instance_id is None:
            return
        found = replay_instance(self.uow, self.instance_id).difference
        if found is not None:
            message = f"the replay differs at event {found.seq} ({found.action}): {found.why} recorded {found.recorded}, replayed {found.replayed}"
            raise Differs(message)

    def _fail(self, step: Step, why: str) -> None:
        what = " ".join(part for part in (step.actor, step.verb, step.task) if part)
        line = f" (line {step.line})" if step.line else ""
        self.failure = f"step {step.number}{line}, {what}: {why}"

    def events(self) -> list[dict[str, Any]]:
        """Return the journal of the instance that the scenario made."""
        return self.uow.journal.read(instance_stream(self.instance_id)) if self.instance_id else []

    def _wait(self, pause: Pause) -> None:
        """Let time pass; what became due happens when the worker has its turn afterwards."""
        now = self.clock.now()
        over = end_of_pause(pause, now, working_calendar(self.uow))
        self.uow.session.rollback()
        if over <= now:
            message = f"it is {now.astimezone(BEIJING).isoformat()} already"
            raise Differs(message)
        self.clock.advance(over - now)

    def _take(self, step: Step) -> None:
        if step.pause is not None:
            self._wait(step.pause)
            return
        refusal = self._refusal(step)
        if refusal is None and step.refused:
            message = f"expected the refusal {step.refused}, but it went through"
            raise Differs(message)
        if refusal is not None:
            code = getattr(refusal, "code", type(refusal).__name__)
            if code != step.refused:
                expected = f", expected {step.refused}" if step.refused else ""
                message = f"refused with {code}{expected}: {_details(refusal)}"
                raise Differs(message)
            named = set(refusal.errors) if isinstance(refusal, InvalidForm) else set()
            if step.fields and named != set(step.fields):
                message = f"the invalid form names {sorted(named)}, expected {sorted(step.fields)}"
                raise Differs(message)
        if step.repeat:
            before = self._count_events()
            again = self._refusal(step)
            if again is not None or self._count_events() != before:
                message = f"repeating the same request was no success without effect: {again}"
                raise Differs(message)

    def _refusal(self, step: Step) -> DomainError | StorageError | InvalidForm | None:
        """Run the command of a step; every command loads its state from the database again."""
        self.uow.session.rollback()
        self.uow.session.expunge_all()
        try:
            self._run(step, self.company.actors[step.actor], f"{self.scenario.key}-{step.number}")
        except (DomainError, StorageError, InvalidForm) as refusal:
            return refusal
        return None

    def _run(self, step: Step, actor: Actor, key: str) -> None:
        if step.verb is Verb.START:
            case = start_instance(self.uow, actor, self.package.key, idempotency_key=key)
            self.instance_id = case.id
        elif self.instance_id is None:
            message = "nothing was started"
            raise Differs(message)
        elif step.verb is Verb.WITHDRAW:
            withdraw_instance(self.uow, actor, self.instance_id, step.reason, idempotency_key=key)
        elif step.verb is Verb.SUSPEND:
            suspend_instance(self.uow, actor, self.instance_id, step.reason or "", idempotency_key=key)
        elif step.verb is Verb.RESUME:
            resume_instance(self.uow, actor, self.instance_id, step.reason or "", idempotency_key=key)
        elif step.verb is Verb.CANCEL:
            cancel_instance(self.uow, actor, self.instance_id, step.reason or "", idempotency_key=key)
        else:
            self._on_task(step, actor, key)

    def _on_task(self, step: Step, actor: Actor, key: str) -> None:
        task_id, version = self._find(step, actor)
        if step.stale:
            version -= 1
        if step.verb is Verb.CLAIM:
            claim_task(self.uow, actor, task_id, version, idempotency_key=key)
        elif step.verb is Verb.RELEASE:
            release_task(self.uow, actor, task_id, version, idempotency_key=key)
        elif step.verb in ON_SIGNERS:
            change = add_signer if step.verb is Verb.ADD_SIGNER else remove_signer
            signer = self._signer(step.signer or "")
            change(self.uow, actor, task_id, signer, step.reason, version, idempotency_key=key)
        elif step.verb is Verb.ATTACH:
            self._attach(step, actor, task_id, key)
        elif step.verb is Verb.RETURN:
            marks = [{"field": path, "reason": why} for path, why in step.marks]
            to, why = step.to or "", step.reason or ""
            return_task(self.uow, actor, task_id, to, why, marks, version, idempotency_key=key)
        else:
            given = self._answers(step)
            complete_task(self.uow, actor, task_id, step.outcome or "", given, version, idempotency_key=key)

    def _attach(self, step: Step, actor: Actor, task_id: UUID, key: str) -> None:
        name, place = step.file or "", (step.task or "", step.field or "")
        view = attach_file(
            self.uow, actor, task_id, place[1], io.BytesIO(sample_file(name)), name, idempotency_key=key
        )
        round_of, ids = self.files.get(place, (task_id, []))
        self.files[place] = (task_id, [*(ids if round_of == task_id else []), str(view.id)])

    def _answers(self, step: Step) -> dict[str, Any]:
        """Return the answers of a step with the files that were attached for it; later rounds replace earlier files."""
        package, task = self.package.at(step.task or "")
        form = package.form_of(task)
        given = dict(step.answers)
        for path, one in fields_of(form).items() if form else ():
            attached = self.files.get((step.task or "", path))
            if one.type == "filepicker" and attached and path not in given:
                given[path] = list(attached[1])
        return {key: value for key, value in given.items() if key not in step.without}

    def _signer(self, name: str) -> str:
        """Return a signer as the commands know it: the account of a person of the cast, else the lane."""
        person = self.company.actors.get(name)
        return str(person.account_id) if person else name

    def _find(self, step: Step, actor: Actor) -> tuple[UUID, int]:
        """Find the newest task of a step; of several parts the signer's, else the one that is the actor's to do."""
        rows = self.uow.session.scalars(
            select(Task)
            .where(Task.instance_id == self.instance_id, Task.element_id == step.task)
            .order_by(Task.round.desc(), Task.created_at.desc(), Task.run, Task.id)
        ).all()
        newest = [row for row in rows if row.whole_key == rows[0].whole_key]
        if step.number == self.meant[0]:  # the same request again means the same task
            newest = [row for row in rows if row.id == self.meant[1]]
        if step.signer is not None and step.verb not in ON_SIGNERS:
            newest = [row for row in newest if row.signer == self._signer(step.signer or "")]
        if not newest:
            message = f"the task {step.task} was never opened"
            raise Differs(message)

        def nearness(row: Task) -> int:
            mine = row.assignee_id == actor.account_id or row.ended_by == actor.account_id
            free = row.assignee_id is None and row.group_id in actor.groups
            return 4 * (row.status == "open") + 2 * mine + free

        found = max(newest, key=nearness)
        self.meant = (step.number, found.id)
        return found.id, found.version

    def _count_events(self) -> int:
        self.uow.session.rollback()
        query = (
            select(func.count()).where(Event.stream == instance_stream(self.instance_id))
            if self.instance_id
            else None
        )
        return 0 if query is None else self.uow.session.scalar(query) or 0

    def _let_the_worker_finish(self) -> None:
        for _ in range(WORKER_ROUNDS):
            if run_due(self.uow) == 0:
                return
        message = f"the worker still finds work after {WORKER_ROUNDS} rounds"
        raise Differs(message)

    def _compare(self, step: Step) -> None:
        """Compare open tasks, candidates, amounts, registers, end and journal with the scenario, all of them."""
        self.uow.session.rollback()
        expected, found = {str(task) for task in step.open}, {str(task) for task in self._open_tasks()}
        _same("open tasks", sorted(expected), sorted(found))
        _same("amounts", dict(step.amounts), self._amounts())
        _same("register entries", dict(step.registers), self._registers())
        instance = self.uow.session.get(Instance, self.instance_id) if self.instance_id else None
        if instance is None:
            message = "there is no instance"
            raise Differs(message)
        _same("end", step.ended, None if instance.status == "active" else instance.outcome)
        verified = self.uow.journal.verify(instance_stream(instance))
        if not verified.ok:
            message = f"the journal is broken: {verified.why}"
            raise Differs(message)

    def _open_tasks(self) -> list[OpenTask]:
        rows = self.uow.session.execute(
            select(Task.element_id, Task.lane, Task.group_id, Task.organisation_id, Task.assignee_id).where(
                Task.instance_id == self.instance_id, Task.status == "open"
            )
        ).all()
        starter = self.company.actors[self.scenario.steps[0].actor].organisation_id
        found = []
        for row in rows:
            lane = row.lane
            if row.group_id is None:
                if row.organisation_id != starter:
                    lane = f"{lane} of another organisation"
            else:
                members = self.uow.session.scalars(
                    select(GroupMember.account_id).where(GroupMember.group_id == row.group_id)
                )
                people = {str(self.company.name_of(member)) for member in members}
                drawn = self.package.at(row.element_id)[0]
                cast = lane if drawn is self.package else f"{drawn.key}.{lane}"
                if people != set(self.company.lanes.get(cast, ())):
                    lane = f"{lane} with the candidates {', '.join(sorted(people))}"
            found.append(OpenTask(row.element_id, lane, self.company.name_of(row.assignee_id)))
        return found

    def _amounts(self) -> dict[str, str]:
        rows = self.uow.session.execute(
            select(PaymentOrder.status, func.sum(PaymentOrder.amount_fen))
            .where(PaymentOrder.instance_id == self.instance_id)
            .group_by(PaymentOrder.status)
        )
        return {status: str((Decimal(int(fen)) / 100).quantize(Decimal("0.01"))) for status, fen in rows}

    def _registers(self) -> dict[str, int]:
        rows = self.uow.session.execute(
            select(RegisterEntry.register, func.count())
            .where(RegisterEntry.instance_id == self.instance_id)
            .group_by(RegisterEntry.register)
        )
        return {register: count for register, count in rows}  # noqa: C416 - rows are no pairs to mypy


def _same(what: str, expected: object, found: object) -> None:
    if expected != found:
        message = f"{what}: expected {expected}, found {found}"
        raise Differs(message)


def _details(refusal: Exception) -> str:
    errors = getattr(refusal, "errors", None)
    if errors:
        return ", ".join(
            f"{path}: {[getattr(e, 'code', e) for e in codes]}" for path, codes in errors.items()
        )
    return str(getattr(refusal, "params", "") or refusal)
