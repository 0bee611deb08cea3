"""A new application may begin with an earlier one of the same organisation: what stays true, never a date or a consent."""

import json
from typing import Any

import pytest
from counting import counting
from people_at_work import APPLICATION, CANARY, FOLDER, Case, Cast, begin
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import AccessRecord, Attachment
from workflows import queries
from workflows.commands.copying import copy_earlier
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.errors import NotFound
from workflows.forms import Form
from workflows.forms.copying import copyable
from workflows.forms.form import Field
from workflows.packages import read_folder


@pytest.fixture
def with_papers(cast: Cast) -> Case:
    """An application whose lines have a field for files of their own, up to ten."""
    files = read_folder(FOLDER)
    form = json.loads(files["forms/application.json"])
    lines = next(
        one for group in form["components"] for one in group["components"] if one.get("path") == "lines"
    )
    paper = {"type": "filepicker", "id": "c_paper", "key": "paper", "label": "附件", "properties": {"maxFiles": 10}}
    lines["components"].append(paper)
    files["forms/application.json"] = json.dumps(form, ensure_ascii=False).encode()
    words, head = files["i18n/en.toml"].decode(), "[label.application]\n"
    files["i18n/en.toml"] = words.replace(head, f'{head}"lines.paper" = "Paper"\n').encode()
    deploy_package(cast.uow, SYSTEM, files)
    return begin(cast)


def hand_in(case: Case, papers: int) -> None:
    """Hand an application in, with so many files in the second of its lines."""
    attached = [case.attach("asks", "application", "lines[1].paper", "a.pdf") for _ in range(papers)]
    line: dict[str, Any] = dict(APPLICATION["lines"][0])
    case.submit(lines=[line, line | ({"paper": attached} if attached else {})])


def test_answers_people_and_files_of_ones_own_organisation_come_over(case: Case, cast: Cast) -> None:
    case.submit()
    again = begin(cast, "colleague")
    copied = copy_earlier(cast.uow, cast["colleague"], again.task("application"), case.id)
    assert (copied.number, copied.files, copied.left) == ("ZS-2026-000001", 2, ())
    view = queries.read_task(cast.uow, cast["colleague"], again.task("application"))
    for name, value in CANARY.items():
        assert view.answers[name] == value
    assert view.answers["company"] == APPLICATION["company"]
    assert [row["quantity"] for row in view.answers["lines"]] == [2]
    assert copied.answers == len([key for key in view.answers if not key.endswith(("_form", "authorisation"))])
    old, new = ({str(one.id) for one in files} for files in (
        queries.read_instance(cast.uow, cast["asks"], case.id).submissions[0].attachments, view.attachments))
    assert len(new) == 2
    assert not old & new


def test_files_in_rows_come_over_to_their_rows(with_papers: Case, cast: Cast) -> None:
    hand_in(with_papers, 2)
    again = begin(cast, "colleague")
    task_id = again.task("application")
    copied = copy_earlier(cast.uow, cast["colleague"], task_id, with_papers.id)
    assert (copied.files, copied.left) == (4, ())
    view = queries.read_task(cast.uow, cast["colleague"], task_id)
    assert "paper" not in view.answers["lines"][0]
    new = {str(one.id): one for one in view.attachments}
    papers = [new[one] for one in view.answers["lines"][1]["paper"]]
    assert [(one.field, one.name, one.status) for one in papers] == [("lines[1].paper", "a.pdf", "held")] * 2
    complete_task(cast.uow, cast["colleague"], task_id, "submitted", dict(view.answers))


def test_a_file_that_can_no_longer_be_read_is_named(case: Case, cast: Cast) -> None:
    case.submit()
    row = cast.uow.session.scalars(select(Attachment).where(Attachment.field == "application_form")).one()
    cast.uow.documents.delete(row.object_key)
    again = begin(cast)
    copied = copy_earlier(cast.uow, cast["asks"], again.task("application"), case.id)
    assert (copied.files, copied.left) == (1, ("申请表.pdf",))
    cast.uow.session.rollback()
    fields = select(Attachment.field).where(Attachment.instance_id == again.id)
    assert cast.uow.session.scalars(fields).all() == ["letter_of_authorisation"]


def test_ten_files_take_as_many_statements_as_one(with_papers: Case, cast: Cast) -> None:
    taken = []
    for case, papers in ((with_papers, 0), (begin(cast), 9)):
        hand_in(case, papers)
        task_id = begin(cast).task("application")
        cast.uow.session.rollback()
        cast.uow.session.expunge_all()
        with counting() as counted:
            copied = copy_earlier(cast.uow, cast["asks"], task_id, case.id)
        assert copied.files == 2 + papers
        taken.append(len(counted.statements))
    assert taken[0] == taken[1] <= 29


def test_each_file_that_is_copied_was_looked_at(case: Case, cast: Cast) -> None:
    case.submit()
    copy_earlier(cast.uow, cast["asks"], begin(cast).task("application"), case.id)
    cast.uow.session.rollback()
    wanted = cast.uow.session.scalars(select(Attachment.id).where(Attachment.status == "committed"))
    noted = cast.uow.session.scalars(
        select(AccessRecord.target).where(AccessRecord.stream == f"access:{case.id}")
    )
    assert {f"attachment:{one}" for one in wanted} == set(noted)


def test_nobody_takes_over_what_another_organisation_handed_in(case: Case, cast: Cast) -> None:
    case.submit()
    other = begin(cast, "stranger")
    with pytest.raises(NotFound):
        copy_earlier(cast.uow, cast["stranger"], other.task("application"), case.id)
    with pytest.raises(NotFound):
        copy_earlier(cast.uow, cast["asks"], begin(cast).task("application"), begin(cast).id)


def test_dates_consents_and_choices_that_are_gone_are_left_out() -> None:
    from workflows.forms.form import Option

    def one(kind: str, key: str, **more: object) -> Field:
        return Field(kind, key, key, key, **more)  # type: ignore[arg-type]

    fields = (
        one("textfield", "name"), one("datetime", "day"), one("checkbox", "agreed"),
        one("select", "kind", options=(Option("a", "A"),)),
        one("dynamiclist", "rows", children=(one("textfield", "x"), one("datetime", "since"))),
    )  # fmt: skip
    form = Form.__new__(Form)
    object.__setattr__(form, "fields", fields)
    answers = {"name": "n", "day": "2026-11-20", "agreed": True, "kind": "gone", "unknown": 1}
    given = answers | {"rows": [{"_row": "1", "x": "y", "since": "2026-01-01"}]}
    assert copyable(form, given) == {"name": "n", "rows": [{"x": "y"}]}
    assert copyable(form, {"kind": "a"}) == {"kind": "a"}
