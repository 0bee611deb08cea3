"""Rows that are people: each has a key of its own, from its first draft through edits and rounds."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from crew import ANN, BAO, CHEN, with_crew
from people_at_work import FOLDER, Case, Cast, begin, traces
from sqlalchemy import func, select
from test_budget import counting

from storage import canonical
from storage.actor import SYSTEM
from storage.chain import instance_stream
from storage.models import Draft, Instance, PersonalValue, Subject, Submission
from workflows import queries
from workflows.commands.drafts import save_draft
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.errors import TaskNotOpen
from workflows.forms import InvalidForm
from workflows.packages import read_folder


@pytest.fixture
def crewed(cast: Cast) -> Case:
    """An application whose form lists people."""
    deploy_package(cast.uow, SYSTEM, with_crew(read_folder(FOLDER)))
    return begin(cast)


def draft(case: Case, *rows: Any, revision: int = 0) -> list[dict[str, Any]]:
    """Save a draft with these rows; return them as they came back."""
    kept = save_draft(case.uow, case.cast["asks"], case.task("application"), {"crew": list(rows)}, revision)
    return list(kept.answers["crew"])


def subjects_of(case: Case, number: int = -1) -> dict[str, UUID]:
    """Return under whose key each personal value of rows lies, in the latest submission or an earlier one."""
    session = case.uow.session
    submission = session.scalars(
        select(Submission.id)
        .join(Instance, Instance.id == Submission.instance_id)
        .where(Instance.id == case.id, Submission.element_id == "application")
        .order_by(Submission.round)
    ).all()[number]
    rows = session.execute(
        select(PersonalValue.path, PersonalValue.subject_id).where(
            PersonalValue.owner_id == submission, PersonalValue.path.like("crew%")
        )
    )
    return {row.path: row.subject_id for row in rows}


def people(case: Case) -> int:
    """Return how many people the case has keys for."""
    statement = select(func.count()).where(Subject.instance_id == case.id, Subject.kind == "row")
    return case.uow.session.scalar(statement) or 0


def hand_back(case: Case) -> None:
    """Let the review return the application."""
    marked = ("mailing_address", "crew", "application_form", "letter_of_authorisation")
    marks = [{"field": field, "reason": "missing"} for field in marked]
    case.complete("approves", "review", "returned", {"opinion": "once more", "marks": marks})


def test_a_row_gets_its_key_with_its_first_draft_and_keeps_it_through_edits_and_rounds(crewed: Case) -> None:
    ann, bao = draft(crewed, ANN, BAO)
    assert ann["_row"] != bao["_row"]
    again = draft(crewed, {**bao, "name": "云宝"}, ann, revision=1)
    assert [row["_row"] for row in again] == [bao["_row"], ann["_row"]]
    seen = queries.read_task(crewed.uow, crewed.cast["colleague"], crewed.task("application"))
    assert seen.draft is not None
    assert seen.draft.answers["crew"] == again
    crewed.submit(crew=[{**row, "_row": str(row["_row"])} for row in again])
    first = subjects_of(crewed)
    assert {first[f"crew[0].{key}"] for key in BAO} == {bao["_row"]}
    assert {first[f"crew[1].{key}"] for key in ANN} == {ann["_row"]}
    hand_back(crewed)
    seen = queries.read_task(crewed.uow, crewed.cast["asks"], crewed.task("application"))
    rows = list(seen.answers["crew"])
    crewed.submit(crew=[rows[1], CHEN])
    second = subjects_of(crewed)
    assert {second[f"crew[0].{key}"] for key in ANN} == {ann["_row"]}
    assert second["crew[1].name"] not in {ann["_row"], bao["_row"]}
    assert people(crewed) == 3
    instance = crewed.uow.session.get_one(Instance, crewed.id)
    assert crewed.uow.journal.verify(instance_stream(instance)).ok


def test_a_row_that_was_never_a_draft_gets_its_key_when_it_is_handed_in(crewed: Case) -> None:
    crewed.submit(crew=[ANN, BAO])
    kept = subjects_of(crewed)
    assert kept["crew[0].name"] == kept["crew[0].mobile"] != kept["crew[1].name"]
    row = crewed.uow.session.scalars(select(Submission.answers)).one()
    assert [one["_row"] for one in canonical.decode(row)["crew"]] == [
        kept["crew[0].name"],
        kept["crew[1].name"],
    ]


def test_a_row_without_its_id_is_somebody_new_and_nobody_gets_the_key_of_another(crewed: Case) -> None:
    ann, bao = draft(crewed, ANN, BAO)
    chen, bao_again = draft(crewed, CHEN, bao, revision=1)
    assert bao_again["_row"] == bao["_row"]
    assert chen["_row"] not in {ann["_row"], bao["_row"]}
    crewed.submit(crew=[bao_again])
    unused = crewed.uow.session.scalars(
        select(PersonalValue.id).where(PersonalValue.subject_id.in_([ann["_row"], chen["_row"]]))
    )
    assert unused.all() == []


@pytest.mark.parametrize("wrong", [uuid4(), "x" * 4000, 7, {}, "\x00"])
def test_an_id_that_nobody_issued_is_refused_at_its_row(crewed: Case, wrong: Any) -> None:
    task_id = crewed.task("application")
    answers = crewed.application(crew=[ANN, {**BAO, "_row": wrong}])
    before = traces(crewed.uow)
    with pytest.raises(InvalidForm) as told:
        save_draft(crewed.uow, crewed.cast["asks"], task_id, {"crew": answers["crew"]})
    assert list(told.value.errors) == ["crew[1]._row"]
    with pytest.raises(InvalidForm) as told:
        complete_task(crewed.uow, crewed.cast["asks"], task_id, "submitted", answers)
    assert list(told.value.errors) == ["crew[1]._row"]
    assert {one.code for one in told.value.errors["crew[1]._row"]} == {"row_unknown"}
    assert traces(crewed.uow) == before


def test_an_id_of_another_case_or_twice_the_same_is_refused(crewed: Case, cast: Cast) -> None:
    (foreign,) = draft(begin(cast), ANN)
    ann, _ = draft(crewed, ANN, BAO)
    answers = crewed.application()
    for crew, path, code in (
        ([foreign], "crew[0]._row", "row_unknown"),
        ([ann, {**BAO, "_row": ann["_row"]}], "crew[1]._row", "row_repeated"),
    ):
        with pytest.raises(InvalidForm) as told:
            draft(crewed, *crew, revision=1)
        assert [(at, one.code) for at, found in told.value.errors.items() for one in found] == [(path, code)]
        with pytest.raises(InvalidForm) as told:
            crewed.complete("asks", "application", "submitted", {**answers, "crew": crew})
        assert [(at, one.code) for at, found in told.value.errors.items() for one in found] == [(path, code)]


def test_rows_that_are_no_people_have_no_id(crewed: Case) -> None:
    lines = [{"package": "basic", "years": "3", "quantity": 2, "_row": str(uuid4())}]
    with pytest.raises(InvalidForm) as told:
        crewed.submit(lines=lines)
    assert list(told.value.errors) == ["lines[0]._row"]


def test_the_same_answers_again_are_a_repetition_with_or_without_their_ids(crewed: Case) -> None:
    task_id = crewed.task("application")
    answers = crewed.application(crew=[ANN, BAO])
    crewed.complete("asks", "application", "submitted", answers)

    def again(*crew: Any) -> str:
        sent = {**answers, "crew": list(crew)}
        return complete_task(crewed.uow, crewed.cast["asks"], task_id, "submitted", sent).status

    kept = subjects_of(crewed)
    same = [{**ANN, "_row": kept["crew[0].name"]}, BAO]
    swapped = [{**ANN, "_row": kept["crew[1].name"]}, BAO]
    assert again(ANN, BAO) == again(*same) == "completed"
    for other in ([ANN, CHEN], swapped):
        with pytest.raises(TaskNotOpen):
            again(*other)


def test_erasing_one_person_leaves_the_other_rows_in_submissions_and_drafts(crewed: Case, cast: Cast) -> None:
    ann, bao = draft(crewed, ANN, BAO)
    with cast.uow.begin(SYSTEM):
        cast.uow.erase(ann["_row"])
    seen = queries.read_task(cast.uow, cast["asks"], crewed.task("application")).draft
    assert seen is not None
    assert list(seen.answers["crew"]) == [{"_row": ann["_row"]}, bao]
    anew, _ = draft(crewed, {**CHEN, "_row": ann["_row"]}, bao, revision=1)
    assert anew["_row"] != ann["_row"]
    crewed.submit(crew=[anew, bao])
    with cast.uow.begin(SYSTEM):
        cast.uow.erase(bao["_row"])
    view = queries.read_instance(cast.uow, cast["approves"], crewed.id).submissions[0]
    assert [row["name"] for row in view.answers["crew"]] == [CHEN["name"], None]
    instance = cast.uow.session.get_one(Instance, crewed.id)
    assert cast.uow.journal.verify(instance_stream(instance)).ok


def test_the_id_of_a_row_is_no_control_data(crewed: Case) -> None:
    draft(crewed, ANN)
    crewed.submit(crew=[ANN])
    ids = crewed.uow.session.scalars(select(Subject.id).where(Subject.kind == "row")).all()
    state = crewed.uow.session.get_one(Instance, crewed.id).state
    assert [one for one in ids if str(one).encode() in state] == []


def test_a_draft_holds_values_of_people_under_their_keys_only(crewed: Case) -> None:
    draft(crewed, ANN)
    row = crewed.uow.session.scalars(select(Draft)).one()
    body = crewed.uow.personal.decrypt(row.subject_id, row.body)
    assert body is not None
    assert [value for value in ANN.values() if value.encode() in body] == []


def test_one_person_in_two_cases_is_found_and_erased_as_one(crewed: Case, cast: Cast) -> None:
    crewed.submit(crew=[ANN, BAO])
    other = begin(cast)
    other.submit(crew=[CHEN, {**ANN, "name": "安", "mobile": "13900009999"}])
    find = cast.uow.personal.find
    found = find("id_number", "11010519491231002x")
    assert found == {subjects_of(crewed)["crew[0].name"], subjects_of(other)["crew[1].name"]}
    assert find("phone", BAO["mobile"]) == {subjects_of(crewed)["crew[1].name"]}
    with cast.uow.begin(SYSTEM):
        cast.uow.erase(subjects_of(other)["crew[1].name"])
    assert find("id_number", ANN["id_number"]) == find("phone", ANN["mobile"]) == set()
    for case, names in ((crewed, [None, BAO["name"]]), (other, [CHEN["name"], None])):
        view = queries.read_instance(cast.uow, cast["approves"], case.id).submissions[0]
        assert [row["name"] for row in view.answers["crew"]] == names
        instance = cast.uow.session.get_one(Instance, case.id)
        assert cast.uow.journal.verify(instance_stream(instance)).ok


def test_a_draft_alone_makes_nobody_findable(crewed: Case) -> None:
    draft(crewed, ANN)
    assert crewed.uow.personal.find("id_number", ANN["id_number"]) == set()


def test_a_long_list_takes_as_many_statements_as_a_short_one(cast: Cast, crewed: Case) -> None:
    taken = []
    for length in (2, 60):
        case = begin(cast)
        rows = [{**ANN, "mobile": f"139{number:08d}"} for number in range(length)]
        with counting() as drafted:
            kept = draft(case, *rows)
        answers = case.application(crew=[*kept[1:], BAO])
        cast.uow.session.rollback()
        with counting() as handed_in:
            case.complete("asks", "application", "submitted", answers)
        taken.append((len(drafted.statements), len(handed_in.statements)))
    assert taken[0] == taken[1]
    assert max(taken[1]) <= 25
