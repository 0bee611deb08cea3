"""Many at once on one thing: exactly one wins, the others are told, and nothing is done twice."""

import io
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from people_at_work import SERIALS, Case, Cast, begin, keys
from returning_package import returning_files
from sqlalchemy import func, select
from timed_package import timed_files

from config.settings import Settings
from storage.actor import SYSTEM
from storage.chain import instance_stream
from storage.db import db
from storage.documents import Documents
from storage.models import Definition, Event, Instance, RegisterKey, Submission, Task
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import start_instance, withdraw_instance
from workflows.commands.packages import deploy_package
from workflows.commands.returns import return_task
from workflows.commands.tasks import claim_task, complete_task
from workflows.errors import Conflict
from workflows.replay import replay_instance
from workflows.scenarios.files import sample_file
from workflows.worker_jobs import run_due

RACERS = 8


def race(
    app: Flask,
    settings: Settings,
    documents: Documents,
    clock: FixedClock,
    *runs: Callable[[UnitOfWork], Any],
) -> Counter[str]:
    """Let every run begin at the same moment on a thread of its own; count how they ended."""
    ends: Counter[str] = Counter()
    gate = threading.Barrier(len(runs))
    lock = threading.Lock()

    def go(run: Callable[[UnitOfWork], Any]) -> None:
        with app.app_context():
            uow = build(settings, clock=clock, documents=documents)
            gate.wait(30)
            try:
                run(uow)
                end = "done"
            except Conflict as conflict:
                end = conflict.code
            except Exception as error:
                end = f"{type(error).__name__}: {error}"
            finally:
                db.session.remove()
            with lock:
                ends[end] += 1

    threads = [threading.Thread(target=go, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def test_of_many_claims_one_wins(
    case: Case, cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case.submit()
    task_id = case.task("review")
    cast.uow.session.rollback()
    people = [cast["approves"], cast["also_approves"]]
    ends = race(
        app_context,
        settings,
        documents,
        clock,
        *(
            lambda uow, person=people[i % 2]: claim_task(uow, person, task_id)  # type: ignore[misc]
            for i in range(RACERS)
        ),
    )
    assert ends == {"done": RACERS // 2, "task_already_claimed": RACERS // 2}
    claims = select(func.count()).select_from(Event).where(Event.action == "task.claimed")
    assert cast.uow.session.scalar(claims) == 1


def test_of_many_decisions_one_counts(
    case: Case, cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case.submit()
    task_id = case.task("review")
    cast.uow.session.rollback()

    def approve(uow: UnitOfWork) -> None:
        complete_task(uow, cast["approves"], task_id, "approved", {})

    def reject(uow: UnitOfWork) -> None:
        complete_task(uow, cast["also_approves"], task_id, "rejected", {"opinion": "不合格"})

    def withdraw(uow: UnitOfWork) -> None:
        withdraw_instance(uow, cast["asks"], case.id)

    race(app_context, settings, documents, clock, approve, reject, withdraw, approve, reject, withdraw)
    session = cast.uow.session
    session.rollback()
    completed = session.scalars(select(Event.task_id).where(Event.action == "task.completed")).all()
    assert completed.count(task_id) <= 1
    instance = session.get_one(Instance, case.id)
    assert cast.uow.journal.verify(instance_stream(instance)).ok
    assert (instance.status, instance.outcome) in {
        ("active", None),
        ("completed", "rejected"),
        ("cancelled", "withdrawn"),
    }
    stray = session.scalars(select(Task).where(Task.status == "open", Task.instance_id == case.id)).all()
    assert bool(stray) == (instance.status == "active")


def test_the_same_request_sent_many_times_at_once_is_done_once(
    case: Case, cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    answers = case.application()
    task_id = case.task("application")
    cast.uow.session.rollback()

    def submit(uow: UnitOfWork) -> None:
        complete_task(uow, cast["asks"], task_id, "submitted", answers, idempotency_key="same")

    ends = race(app_context, settings, documents, clock, *[submit] * RACERS)
    assert ends == {"done": RACERS}
    assert cast.uow.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_numbers_are_given_once_and_without_gaps(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    def start(uow: UnitOfWork) -> None:
        start_instance(uow, cast["asks"], "certificate_issuance")

    assert race(app_context, settings, documents, clock, *[start] * RACERS) == {"done": RACERS}
    cast.uow.session.rollback()
    numbers = sorted(cast.uow.session.scalars(select(Instance.number)))
    assert numbers == [f"ZS-2026-{serial:06d}" for serial in range(1, RACERS + 1)]
    assert cast.uow.session.scalar(select(func.count()).select_from(Definition)) == 1


def test_one_serial_never_goes_to_two_cases(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    tasks = []
    for _ in range(2):
        case = begin(cast)
        case.submit()
        case.approve()
        case.pay()
        case.confirm()
        tasks.append(case.task("key_production"))
    cast.uow.session.rollback()

    def make(uow: UnitOfWork, task: Any, serials: tuple[str, ...]) -> None:
        complete_task(uow, cast["maker"], task, "made", keys(*serials))

    ends = race(
        app_context,
        settings,
        documents,
        clock,
        lambda uow: make(uow, tasks[0], SERIALS),
        lambda uow: make(uow, tasks[1], tuple(reversed(SERIALS))),
    )
    assert ends == {"done": 1, "register_key_taken": 1}
    cast.uow.session.rollback()
    assert set(cast.uow.session.scalars(select(RegisterKey.value))) == set(SERIALS)


def test_typing_and_uploading_while_somebody_submits_never_locks_anybody_out(
    case: Case, cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    answers = case.application()
    task_id = case.task("application")
    cast.uow.session.rollback()

    def submit(uow: UnitOfWork) -> None:
        complete_task(uow, cast["asks"], task_id, "submitted", answers)

    def save(uow: UnitOfWork) -> None:
        for _ in range(3):
            save_draft(uow, cast["colleague"], task_id, {"company": "青枫"})

    def upload(uow: UnitOfWork) -> None:
        for _ in range(3):
            stream = io.BytesIO(sample_file("a.pdf"))
            attach_file(uow, cast["colleague"], task_id, "letter_of_authorisation", stream, "a.pdf")

    ends = race(app_context, settings, documents, clock, submit, save, upload, save, upload, submit)
    known = {"done", "draft_changed", "task_not_open", "TooManyFiles"}
    assert {end.partition(":")[0] for end in ends} <= known
    cast.uow.session.rollback()
    assert case.open() == {"review"}


def test_of_workers_and_voters_at_a_deadline_it_is_carried_out_once(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    deploy_package(cast.uow, SYSTEM, timed_files())
    case = begin(cast)
    case.submit()
    task_id = case.task("review")
    clock.advance(timedelta(hours=48))
    cast.uow.session.rollback()

    def vote(uow: UnitOfWork) -> None:
        complete_task(uow, cast["approves"], task_id, "approved", {})

    def work(uow: UnitOfWork) -> None:
        run_due(uow)

    ends = race(app_context, settings, documents, clock, *([vote] * 4 + [work] * 4))
    assert ends == {"done": 4, "instance_ended": 4}
    fired = select(func.count()).select_from(Event).where(Event.action == "timer.fired")
    assert cast.uow.session.scalar(fired) == 1
    assert replay_instance(cast.uow, case.id).ok


def sent_back(cast: Cast) -> Case:
    """An application in which two branches are open, and each may send it back to before them."""
    deploy_package(cast.uow, SYSTEM, returning_files())
    case = begin(cast)
    case.complete("asks", "application", "done", {"company": "青枫", "amount": 700})
    return case


def of_case(case: Case, action: str) -> int:
    case.uow.session.rollback()
    count = (
        select(func.count())
        .select_from(Event)
        .where(Event.action == action, Event.stream == f"instance:{case.id}")
    )
    return case.uow.session.scalar(count) or 0


def open_rows(case: Case) -> list[str]:
    case.uow.session.rollback()
    rows = select(Task.element_id).where(Task.instance_id == case.id, Task.status == "open")
    return sorted(case.uow.session.scalars(rows))


def test_a_return_and_a_completion_beside_it_both_count_or_one_is_told(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case = sent_back(cast)
    legal, books = case.task("legal"), case.task("books")
    cast.uow.session.rollback()

    def back(uow: UnitOfWork) -> None:
        return_task(uow, cast["approves"], legal, "application", "金额不符")

    def complete(uow: UnitOfWork) -> None:
        complete_task(uow, cast["finance"], books, "done", {})

    ends = race(app_context, settings, documents, clock, *([back] * 4 + [complete] * 4))
    assert set(ends) <= {"done", "task_not_open"}
    assert ends["done"] in (4, 8)  # the completion comes first, or finds its task cancelled
    assert of_case(case, "task.returned") == 1
    assert open_rows(case) == ["application"]
    assert replay_instance(cast.uow, case.id).ok


def test_of_two_branches_that_send_a_case_back_one_does(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case = sent_back(cast)
    legal, books = case.task("legal"), case.task("books")
    cast.uow.session.rollback()

    def back(uow: UnitOfWork, who: str, task: Any) -> None:
        return_task(uow, cast[who], task, "application", "金额不符")

    ends = race(
        app_context,
        settings,
        documents,
        clock,
        *[lambda uow: back(uow, "approves", legal)] * 4,
        *[lambda uow: back(uow, "finance", books)] * 4,
    )
    assert ends == {"done": 4, "task_not_open": 4}
    assert of_case(case, "task.returned") == 1
    assert open_rows(case) == ["application"]
    assert replay_instance(cast.uow, case.id).ok


def test_a_double_click_sends_back_once(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case = sent_back(cast)
    legal = case.task("legal")
    cast.uow.session.rollback()

    def click(uow: UnitOfWork) -> None:
        marks = [{"field": "amount", "reason": "多写了一个零"}]
        return_task(uow, cast["approves"], legal, "application", "金额不符", marks, idempotency_key="same")

    assert race(app_context, settings, documents, clock, *[click] * RACERS) == {"done": RACERS}
    assert of_case(case, "task.returned") == 1
    assert open_rows(case) == ["application"]


def test_of_a_return_and_a_deadline_the_deadline_comes_first(
    cast: Cast, app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    case = sent_back(cast)
    legal, books = case.task("legal"), case.task("books")
    clock.advance(timedelta(hours=48))
    cast.uow.session.rollback()

    def back(uow: UnitOfWork, who: str, task: Any) -> None:
        return_task(uow, cast[who], task, "application", "金额不符")

    ends = race(
        app_context,
        settings,
        documents,
        clock,
        *[lambda uow: back(uow, "approves", legal)] * 2,
        *[lambda uow: back(uow, "finance", books)] * 2,
        *[run_due] * 4,
    )
    assert ends == {"done": 4, "instance_ended": 4}
    assert (of_case(case, "timer.fired"), of_case(case, "task.returned")) == (1, 0)
    assert replay_instance(cast.uow, case.id).ok
