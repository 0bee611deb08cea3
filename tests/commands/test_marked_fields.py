"""After a return only what was marked is open, and what no longer fits; the command holds to it, whoever asks."""

import io
from typing import Any

import pytest
from people_at_work import FOLDER, Case, Cast, begin, refused

from storage.actor import SYSTEM
from workflows import queries
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.errors import FieldLocked
from workflows.forms import InvalidForm
from workflows.forms.access import Right
from workflows.packages import read_folder
from workflows.scenarios.files import sample_file


def hand_back(case: Case, *fields: str) -> None:
    """Return the application with remarks beside these fields."""
    marks = [{"field": field, "reason": "请改"} for field in fields]
    case.complete("approves", "review", "returned", {"opinion": "请补正", "marks": marks})


def codes(told: pytest.ExceptionInfo[InvalidForm]) -> dict[str, list[str]]:
    """Return the codes of all faults by path."""
    return {path: [one.code for one in found] for path, found in told.value.errors.items()}


def test_what_was_not_marked_stands_in_drafts_in_papers_and_for_files(case: Case, cast: Cast) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    hand_back(case, "mailing_address", "lines[0].quantity", "application_form")
    task_id = case.task("application")
    view = queries.read_task(cast.uow, cast["asks"], task_id)
    assert view.access.open_paths is not None
    assert view.access.right("mailing_address") is view.access.right("lines[0].quantity") is Right.EDIT
    assert view.access.right("company") is view.access.right("lines") is Right.READ
    assert view.answers["company"] == answers["company"]
    changed = {**answers, "company": "别的公司", "lines": [{"package": "bundle", "years": "3", "quantity": 5}]}
    with pytest.raises(InvalidForm) as told:
        save_draft(cast.uow, cast["asks"], task_id, changed)
    expected = {"company": ["field_read_only"], "lines[0].package": ["field_read_only"]}
    assert codes(told) == expected
    with pytest.raises(InvalidForm) as told:
        complete_task(cast.uow, cast["asks"], task_id, "submitted", changed)
    assert codes(told) == expected
    stream = io.BytesIO(sample_file("a.pdf"))
    locked = ("asks", task_id, "letter_of_authorisation")
    refused(cast, FieldLocked, attach_file, cast[locked[0]], locked[1], locked[2], stream, "a.pdf")
    fresh = case.attach("asks", "application", "application_form")
    mended = {
        "mailing_address": "临渊路 88 号",
        "lines": [{"quantity": 5}],
        "application_form": [fresh],
    }
    kept = save_draft(cast.uow, cast["asks"], task_id, mended)
    assert kept.answers["company"] == answers["company"]
    complete_task(cast.uow, cast["asks"], task_id, "submitted", mended)
    handed_in = queries.read_instance(cast.uow, cast["asks"], case.id).submissions
    done = next(one for one in handed_in if one.task_id == task_id)
    assert done.answers["contact_mobile"] == answers["contact_mobile"]
    line = done.answers["lines"][0]
    assert (line["package"], line["years"], line["quantity"]) == ("basic", "3", 5)
    assert done.answers["application_form"] == [fresh]


def test_a_return_without_a_mark_leaves_everything_open(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    case.pay()
    case.complete("finance", "payment_confirmation", "returned", {"opinion": "金额不符"})
    view = queries.read_task(cast.uow, cast["asks"], case.task("payment"))
    assert view.access.open_paths is None


def test_what_has_become_invalid_meanwhile_is_open_as_well(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflows.queries import unlocking

    case.submit()
    hand_back(case, "mailing_address")
    faults: dict[str, list[Any]] = {"contact_mail": []}
    monkeypatch.setattr(unlocking, "faults_of", lambda *_: faults)
    view = queries.read_task(cast.uow, cast["asks"], case.task("application"))
    assert view.access.right("contact_mail") is Right.EDIT
    assert view.access.right("contact_mobile") is Right.READ


def test_what_the_package_hides_from_a_task_is_not_asked_shown_or_taken(cast: Cast) -> None:
    files = read_folder(FOLDER)
    manifest = files["manifest.toml"] + b'\n[tasks.application.fields]\npostal_code = "hidden"\n'
    deploy_package(cast.uow, SYSTEM, {**files, "manifest.toml": manifest})
    case = begin(cast)
    view = queries.read_task(cast.uow, cast["asks"], case.task("application"))
    assert view.access.concealed == {"postal_code"}
    answers = case.application()
    with pytest.raises(InvalidForm) as told:
        case.complete("asks", "application", "submitted", answers)
    assert codes(told) == {"postal_code": ["hidden_field"]}
    del answers["postal_code"]
    case.complete("asks", "application", "submitted", answers)
