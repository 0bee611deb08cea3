"""How many statements and commits a hot command or list may take: counted, not guessed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from people_at_work import Case, Cast, begin
from sqlalchemy import event

from storage.db import db
from workflows import queries


@dataclass
class Counted:
    """What went to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counting() -> Iterator[Counted]:
    """Count the statements and commits of a block; what opens a transaction is no statement."""
    counted = Counted()

    def statement(_c: object, _u: object, text: str, *_: object) -> None:
        if not text.startswith(("BEGIN", "PRAGMA")):
            counted.statements.append(text)

    def commit(_c: object) -> None:
        counted.commits += 1

    event.listen(db.engine, "before_cursor_execute", statement)
    event.listen(db.engine, "commit", commit)
    try:
        yield counted
    finally:
        event.remove(db.engine, "before_cursor_execute", statement)
        event.remove(db.engine, "commit", commit)


def test_completing_a_task_takes_at_most_twenty_statements_and_one_commit(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    cast.uow.session.rollback()
    from workflows.commands.tasks import complete_task

    with counting() as counted:
        complete_task(cast.uow, cast["approves"], task_id, "approved", {}, idempotency_key="one")
    assert len(counted.statements) <= 20, "\n".join(counted.statements)
    assert counted.commits == 1


def test_submitting_files_and_personal_values_keeps_to_the_same_budget(case: Case, cast: Cast) -> None:
    answers = case.application()
    task_id = case.task("application")
    cast.uow.session.rollback()
    from workflows.commands.tasks import complete_task

    with counting() as counted:
        complete_task(cast.uow, cast["asks"], task_id, "submitted", answers, idempotency_key="one")
    assert len(counted.statements) <= 20, "\n".join(counted.statements)
    assert counted.commits == 1


def test_claiming_takes_at_most_ten_statements(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    cast.uow.session.rollback()
    from workflows.commands.tasks import claim_task

    with counting() as counted:
        claim_task(cast.uow, cast["approves"], task_id)
    assert len(counted.statements) <= 10, "\n".join(counted.statements)
    assert counted.commits == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lists_take_as_many_statements_for_ten_rows_as_for_one(cast: Cast) -> None:
    taken: dict[int, list[int]] = {}
    cases: list[Case] = []
    for wanted in (1, 10):
        while len(cases) < wanted:
            cases.append(begin(cast))
            cases[-1].submit()
        counts = []
        for read in (
            lambda: queries.inbox(cast.uow, cast["approves"], "claimable"),
            lambda: queries.inbox(cast.uow, cast["asks"], "mine"),
            lambda: queries.inbox(cast.uow, cast["asks"], "done"),
            lambda: queries.tab_counts(cast.uow, cast["approves"]),
            lambda: queries.list_instances(cast.uow, cast["operator"]),
            lambda: queries.people(cast.uow, cast["administrator"]),
        ):
            cast.uow.session.rollback()
            cast.uow.session.expunge_all()
            with counting() as counted:
                read()
            counts.append(len(counted.statements))
        taken[wanted] = counts
    assert taken[1] == taken[10]
    assert max(taken[10]) <= 6
