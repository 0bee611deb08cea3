"""How many statements and commits a hot command or list may take: counted, not guessed."""

import pytest
from counting import counting
from people_at_work import Case, Cast, begin

from workflows import queries


def test_completing_a_task_takes_at_most_thirteen_statements_and_one_commit(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    cast.uow.session.rollback()
    from workflows.commands.tasks import complete_task

    with counting() as counted:
        complete_task(cast.uow, cast["approves"], task_id, "approved", {}, idempotency_key="one")
    assert len(counted.statements) <= 13, "\n".join(counted.statements)
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


def test_a_save_after_a_return_reads_once_what_is_unlocked(case: Case, cast: Cast) -> None:
    from workflows.commands.drafts import Typing, merge_draft

    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    marks = [{"field": "company", "reason": "请改"}]
    case.complete("approves", "review", "returned", {"opinion": "请补正", "marks": marks})
    task_id = case.task("application")
    typing = Typing({**answers, "company": "云汀售电有限公司"}, lambda _: True)
    cast.uow.session.rollback()
    cast.uow.session.expunge_all()
    with counting() as counted:
        merge_draft(cast.uow, cast["asks"], task_id, typing)
    unlocking = [one for one in counted.statements if "FROM submission" in one]
    assert len(unlocking) == 2, unlocking  # the dossier with the return, and what was handed in before
    assert len(counted.statements) <= 28, len(counted.statements)
