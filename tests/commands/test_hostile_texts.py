"""What no database keeps and no reader reads: refused by name or found nowhere, never a crash."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from people_at_work import PASSWORD, Case, Cast, refused

from storage.actor import SYSTEM
from workflows import queries
from workflows.commands.accounts import change_account, create_account
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance, start_instance
from workflows.commands.organisations import create_group, create_organisation
from workflows.commands.sessions import sign_in
from workflows.commands.tasks import complete_task
from workflows.commands.tokens import create_token
from workflows.errors import (
    FieldInvalid,
    NotFound,
    SignInRefused,
    UnknownField,
    UnknownOutcome,
    UsernameRefused,
)
from workflows.forms import InvalidForm

HOSTILE = ["a\x00b", "a\ud800b", "a\x1bb"]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_labels_and_reasons_are_refused(case: Case, cast: Cast, text: str) -> None:
    refused(cast, FieldInvalid, create_organisation, SYSTEM, text)
    refused(cast, FieldInvalid, create_group, SYSTEM, cast.organisations["agent"], text)
    refused(cast, FieldInvalid, create_token, cast["asks"], text)
    refused(cast, FieldInvalid, change_account, cast["asks"], cast["asks"].account_id, name=text)
    refused(cast, FieldInvalid, cancel_instance, cast["operator"], case.id, text)
    refused(cast, UsernameRefused, create_account, SYSTEM, text, PASSWORD, "某人")
    refused(cast, NotFound, start_instance, cast["asks"], text)
    refused(cast, UnknownField, attach_file, cast["asks"], case.task("application"), text, None, "a.pdf")


@pytest.mark.parametrize("text", HOSTILE)
def test_searching_for_it_finds_nothing_or_what_is_left_of_it(case: Case, cast: Cast, text: str) -> None:
    for read in (
        lambda: queries.inbox(cast.uow, cast["asks"], "mine", text),
        lambda: queries.list_instances(cast.uow, cast["operator"], text, status=text, process_key=text),
        lambda: queries.people(cast.uow, cast["administrator"], text),
        lambda: queries.organisations(cast.uow, cast["administrator"], text),
        lambda: queries.register_page(cast.uow, cast["auditor"], "issued_keys", text),
    ):
        assert read().items == ()  # type: ignore[attr-defined]
    assert queries.journal_by_name(cast.uow, text) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_signing_in_with_it_is_refused_like_any_wrong_name(cast: Cast, text: str) -> None:
    for username, password in ((text, PASSWORD), ("asks_1", text)):
        with pytest.raises(SignInRefused):
            sign_in(cast.uow, username, password, "192.0.2.1")


@pytest.mark.parametrize(
    "value",
    [
        *HOSTILE,
        Decimal("NaN"),
        Decimal("1E+999999"),
        10**500,
        float("inf"),
        [[[[[]]]]],
        {"a\ud800": 1},
        b"bytes",
        object(),
        -1,
        True,
    ],
)
def test_answers_of_any_kind_are_refused_by_the_form(case: Case, cast: Cast, value: Any) -> None:
    task_id = case.task("application")
    good = case.application()
    for field in ("company", "lines", "application_form", "contact_mobile"):
        changed = {**good, field: value}
        refused(cast, InvalidForm, complete_task, cast["asks"], task_id, "submitted", changed)
    refused(cast, UnknownOutcome, complete_task, cast["asks"], task_id, str(value), good)
    with contextlib.suppress(InvalidForm):
        save_draft(cast.uow, cast["asks"], task_id, {"company": value})
    assert queries.read_task(cast.uow, cast["asks"], task_id).element_id == "application"
