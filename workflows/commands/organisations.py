"""Organisations, their members and groups, and who plays the lanes of a process."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Account, Group, GroupMember, LaneBinding, LoginSession, Membership, Organisation
from storage.unit_of_work import UnitOfWork
from workflows.commands.account_rows import organisation_name
from workflows.deployed import latest
from workflows.errors import (
    CreditCodeInvalid,
    CreditCodeTaken,
    FieldInvalid,
    LanesNotSeparate,
    NameTaken,
    NotMember,
)
from workflows.events import Event
from workflows.lines import is_storable, one_line
from workflows.players import bindable
from workflows.policy import require_administrator
from workflows.queries.people import organisation_views
from workflows.queries.views import GroupView, OrganisationView

STREAM = "system"


def create_organisation(
    uow: UnitOfWork,
    actor: Actor,
    name: str,
    credit_code: str | None = None,
    idempotency_key: str | None = None,
) -> OrganisationView:
    """Make an organisation. Raises CreditCodeInvalid (GB 32100), CreditCodeTaken, FieldInvalid, RoleMissing."""
    require_administrator(actor)
    name = organisation_name(name)
    code = checked_credit_code(credit_code)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("create_organisation", name, code)) as done:
        if done.repeated:
            return organisation_views(uow, [_organisation(uow, done.resource_id)])[0]
        row = Organisation(id=uow.ids.new(), name=name, credit_code=code, created_at=uow.clock.now())
        uow.session.add(row)
        _flush(uow, CreditCodeTaken())
        details = {"organisation": row.id, "name": name, "credit_code": code}
        uow.journal.record(Event.ORGANISATION_CREATED, stream=STREAM, details=details)
        return done(organisation_views(uow, [row])[0], row.id)


def change_organisation(
    uow: UnitOfWork,
    actor: Actor,
    organisation_id: UUID,
    name: str | None = None,
    credit_code: str | None = None,
) -> OrganisationView:
    """Change the name or the credit code. Raises like create_organisation, NotFound."""
    require_administrator(actor)
    with uow.begin(actor) as done:
        row = _organisation(uow, organisation_id)
        was = {"name": row.name, "credit_code": row.credit_code}
        row.name = organisation_name(name) if name is not None else row.name
        row.credit_code = checked_credit_code(credit_code) if credit_code is not None else row.credit_code
        _flush(uow, CreditCodeTaken())
        now = {"name": row.name, "credit_code": row.credit_code}
        if now != was:
            details = {"organisation": row.id, "was": was, "now": now}
            uow.journal.record(Event.ORGANISATION_CHANGED, stream=STREAM, details=details)
        return done(organisation_views(uow, [row])[0], row.id)


def put_members(
    uow: UnitOfWork, actor: Actor, organisation_id: UUID, account_ids: Collection[UUID]
) -> OrganisationView:
    """Make these accounts the members. Who leaves, leaves the groups too and no longer acts for it. NotFound."""
    require_administrator(actor)
    wanted = set(account_ids)
    with uow.begin(actor) as done:
        row = _organisation(uow, organisation_id)
        held = set(
            uow.session.scalars(select(Membership.account_id).where(Membership.organisation_id == row.id))
        )
        _require_accounts(uow, wanted - held)
        gone = held - wanted
        if gone:
            _leave(uow, row.id, gone)
        uow.session.add_all(
            Membership(account_id=id_, organisation_id=row.id) for id_ in sorted(wanted - held, key=str)
        )
        uow.session.flush()
        if held != wanted:
            _record_members(uow, Event.MEMBERS_CHANGED, {"organisation": row.id}, held, wanted)
        return done(organisation_views(uow, [row])[0], row.id)


def add_member(uow: UnitOfWork, actor: Actor, organisation_id: UUID, account_id: UUID) -> OrganisationView:
    """Make an account a member. Repeating it is success. Raises NotFound, RoleMissing."""
    require_administrator(actor)
    with uow.begin(actor) as done:
        row = _organisation(uow, organisation_id)
        _require_accounts(uow, {account_id})
        if uow.session.get(Membership, (account_id, row.id)) is None:
            uow.session.add(Membership(account_id=account_id, organisation_id=row.id))
            uow.session.flush()
            _record_members(uow, Event.MEMBERS_CHANGED, {"organisation": row.id}, set(), {account_id})
        return done(organisation_views(uow, [row])[0], row.id)


def create_group(
    uow: UnitOfWork, actor: Actor, organisation_id: UUID, name: str, idempotency_key: str | None = None
) -> GroupView:
    """Make a group of colleagues. Raises NameTaken, FieldInvalid, NotFound, RoleMissing."""
    require_administrator(actor)
    name = _group_name(name)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("create_group", organisation_id, name)) as done:
        if done.repeated:
            return _group_view(uow, _group(uow, done.resource_id))
        organisation = _organisation(uow, organisation_id)
        row = Group(id=uow.ids.new(), organisation_id=organisation.id, name=name)
        uow.session.add(row)
        _flush(uow, NameTaken(name))
        details = {"organisation": organisation.id, "group": row.id, "name": name}
        uow.journal.record(Event.GROUP_CREATED, stream=STREAM, details=details)
        return done(_group_view(uow, row), row.id)


def put_group_members(
    uow: UnitOfWork, actor: Actor, group_id: UUID, account_ids: Collection[UUID]
) -> GroupView:
    """Make these members of the organisation the members of its group. Raises NotMember, NotFound, RoleMissing."""
    require_administrator(actor)
    wanted = set(account_ids)
    with uow.begin(actor) as done:
        row = _group(uow, group_id)
        belonging = set(
            uow.session.scalars(
                select(Membership.account_id).where(Membership.organisation_id == row.organisation_id)
            )
        )
        if wanted - belonging:
            raise NotMember
        held = set(uow.session.scalars(select(GroupMember.account_id).where(GroupMember.group_id == row.id)))
        uow.session.execute(
            delete(GroupMember).where(
                GroupMember.group_id == row.id, GroupMember.account_id.in_(held - wanted)
            )
        )
        uow.session.add_all(
            GroupMember(group_id=row.id, account_id=id_) for id_ in sorted(wanted - held, key=str)
        )
        uow.session.flush()
        if held != wanted:
            _record_members(uow, Event.GROUP_MEMBERS_CHANGED, {"group": row.id}, held, wanted)
        return done(_group_view(uow, row), row.id)


def bind_lane(uow: UnitOfWork, actor: Actor, process_key: str, lane: str, group_id: UUID | None) -> None:
    """Let a group play a lane of a process from now on, nobody when it is None; open tasks stay where they are.

    Raises LanesNotSeparate (K15), FieldInvalid for the applicant's lane or one the process lacks, NotFound.
    """
    require_administrator(actor)
    if not is_storable(process_key):
        raise NotFound(kind="process", id="")
    with uow.begin(actor):
        latest(uow.session, process_key)
        place = bindable(uow.session).get((process_key, lane))
        if place is None:
            raise FieldInvalid(field="lane")
        row = uow.session.get(LaneBinding, (process_key, lane), with_for_update=True)
        was = row.group_id if row else None
        if was == group_id:
            return
        if group_id is None:
            uow.session.delete(row)
            details = {"process": process_key, "lane": lane, "was": was}
            uow.journal.record(Event.LANE_UNBOUND, stream=STREAM, details=details)
            return
        group = _group(uow, group_id)
        row = row or LaneBinding(process_key=process_key, lane=lane)
        row.organisation_id, row.group_id = group.organisation_id, group.id
        uow.session.add(row)
        uow.session.flush()
        bound = dict(
            uow.session.execute(
                select(LaneBinding.lane, LaneBinding.organisation_id).where(
                    LaneBinding.process_key == process_key
                )
            ).all()
        )
        for one, other in place.package.manifest.separate:
            if lane in (one, other) and bound.get(one) is not None and bound.get(one) == bound.get(other):
                titles = (place.lane_title(key, actor.language) for key in (one, other))
                raise LanesNotSeparate(*titles)
        details = {"process": process_key, "lane": lane, "was": was, "group": group.id}
        uow.journal.record(Event.LANE_BOUND, stream=STREAM, details=details)


def checked_credit_code(code: str | None) -> str | None:
    """Return a unified social credit code in capitals, None for none; raise CreditCodeInvalid (GB 32100)."""
    text = "".join((code or "").split()).upper()
    if not text:
        return None
    try:
        uscc.validate(text)
    except ValidationError:
        raise CreditCodeInvalid from None
    return text


def _organisation(uow: UnitOfWork, organisation_id: UUID | None) -> Organisation:
    found = uow.session.get(Organisation, organisation_id, with_for_update=True) if organisation_id else None
    if found is None:
        raise NotFound(kind="organisation", id=organisation_id)
    return found


def _group(uow: UnitOfWork, group_id: UUID | None) -> Group:
    found = uow.session.get(Group, group_id, with_for_update=True) if group_id else None
    if found is None:
        raise NotFound(kind="group", id=group_id)
    return found


def _group_name(name: str) -> str:
    return one_line(name, "name", 100)


def _group_view(uow: UnitOfWork, row: Group) -> GroupView:
    views = organisation_views(uow, [uow.session.get_one(Organisation, row.organisation_id)])[0].groups
    return next(view for view in views if view.id == row.id)


def _require_accounts(uow: UnitOfWork, account_ids: set[UUID]) -> None:
    known = set(uow.session.scalars(select(Account.id).where(Account.id.in_(account_ids))))
    for missing in account_ids - known:
        raise NotFound(kind="account", id=missing)


def _leave(uow: UnitOfWork, organisation_id: UUID, account_ids: set[UUID]) -> None:
    groups = select(Group.id).where(Group.organisation_id == organisation_id)
    uow.session.execute(
        delete(GroupMember).where(GroupMember.account_id.in_(account_ids), GroupMember.group_id.in_(groups))
    )
    uow.session.execute(
        delete(Membership).where(
            Membership.account_id.in_(account_ids), Membership.organisation_id == organisation_id
        )
    )
    uow.session.execute(
        delete(LoginSession).where(
            LoginSession.account_id.in_(account_ids), LoginSession.organisation_id == organisation_id
        )
    )


def _record_members(
    uow: UnitOfWork, event: Event, about: dict[str, UUID], held: set[UUID], wanted: set[UUID]
) -> None:
    details = {
        **about,
        "added": sorted(map(str, wanted - held)),
        "removed": sorted(map(str, held - wanted)),
    }
    uow.journal.record(event, stream=STREAM, details=details)


def _flush(uow: UnitOfWork, taken: Exception) -> None:
    try:
        uow.session.flush()
    except IntegrityError:
        raise taken from None
