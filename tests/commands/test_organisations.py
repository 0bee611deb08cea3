"""Organisations, groups and who shows to whom."""

from uuid import uuid4

import pytest
from people_at_work import Cast, refused
from sqlalchemy import select

from storage.actor import SYSTEM, Role
from storage.models import Account, Membership
from workflows import queries
from workflows.commands.organisations import (
    change_organisation,
    create_group,
    create_organisation,
    put_group_members,
    put_members,
)
from workflows.errors import CreditCodeInvalid, CreditCodeTaken, FieldInvalid, NameTaken, NotFound, NotMember

CODE = "91310115MA1QFAP100"


def test_organisations_have_valid_and_unique_credit_codes(cast: Cast) -> None:
    made = create_organisation(cast.uow, SYSTEM, " 青枫  售电 ", CODE.lower())
    assert (made.name, made.credit_code) == ("青枫 售电", CODE)
    refused(cast, CreditCodeTaken, create_organisation, SYSTEM, "又一家", CODE)
    refused(cast, CreditCodeInvalid, create_organisation, SYSTEM, "又一家", CODE[:-1] + "1")
    refused(cast, FieldInvalid, create_organisation, SYSTEM, "  ")
    assert change_organisation(cast.uow, SYSTEM, made.id, name="改名").name == "改名"


def test_groups_hold_members_of_their_organisation_who_leave_with_it(cast: Cast) -> None:
    agent = cast.organisations["agent"]
    group = create_group(cast.uow, SYSTEM, agent, "新组")
    refused(cast, NameTaken, create_group, SYSTEM, agent, "新组")
    refused(cast, NotFound, create_group, SYSTEM, uuid4(), "新组")
    refused(cast, NotMember, put_group_members, SYSTEM, group.id, [cast["asks"].account_id])
    reviewer = cast["approves"].account_id
    assert reviewer is not None
    assert [one.id for one in put_group_members(cast.uow, SYSTEM, group.id, [reviewer]).members] == [reviewer]
    left = put_members(cast.uow, SYSTEM, agent, [])
    assert left.members == ()
    assert all(one.members == () for one in left.groups)
    rows = cast.uow.session.scalars(select(Membership).where(Membership.organisation_id == agent)).all()
    assert rows == []


def test_organisations_show_to_their_members_only(cast: Cast) -> None:
    shown = queries.organisations(cast.uow, cast["asks"])
    assert [one.name for one in shown.items] == ["organisation applicant"]
    with pytest.raises(NotFound):
        queries.read_organisation(cast.uow, cast["asks"], cast.organisations["agent"])
    with pytest.raises(NotFound):
        queries.read_account(cast.uow, cast["asks"], cast["approves"].account_id)  # type: ignore[arg-type]
    assert len(queries.organisations(cast.uow, cast["administrator"]).items) == 4
    page = queries.people(cast.uow, cast["administrator"], limit=4)
    rest = queries.people(cast.uow, cast["administrator"], after=page.next, limit=50)
    everybody = {one.username for one in (*page.items, *rest.items)}
    assert everybody == set(cast.uow.session.scalars(select(Account.username)))
    assert Role.ADMINISTRATOR in queries.people(cast.uow, cast["administrator"], "administr").items[0].roles
