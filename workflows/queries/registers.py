"""Registers: list, detail and search drawn from the declaration of the newest version of its package.

Overseers and the groups that work in the process read all entries, everybody else those of their organisation.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Definition, Instance, LaneBinding, Organisation, RegisterEntry, RegisterKey
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import Deployed, latest
from workflows.lines import searched
from workflows.places import Place
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.inbox import MOST
from workflows.queries.views import (
    RegisterEntryView,
    RegisterField,
    RegisterPage,
    RegisterRow,
    RegisterSummary,
)
from workflows.registers import FieldDeclaration, RegisterDeclaration


def registers(uow: UnitOfWork, actor: Actor) -> list[RegisterSummary]:
    """Return the registers of all deployed packages: what shows inside them is filtered there."""
    return [_summary(version, one, actor.language) for version, one in _declared(uow) if actor.account_id]


def register_page(
    uow: UnitOfWork, actor: Actor, register: str, search: str = "", after: str | None = None, limit: int = 30
) -> RegisterPage:
    """Return a page of a register, the newest first. `search` finds parts of searched fields and whole keys."""
    version, declaration = _find(uow, register)
    limit = max(1, min(limit, MOST))
    statement = _entries().where(RegisterEntry.register == register, *_readable(uow, actor, version))
    text = searched(search)
    if text:
        keyed = select(RegisterKey.entry_id).where(
            RegisterKey.register == register, RegisterKey.value == text
        )
        statement = statement.where(
            or_(
                RegisterEntry.search_text.contains(text.lower(), autoescape=True), RegisterEntry.id.in_(keyed)
            )
        )
    if after:
        at, last = read_cursor(after, datetime, UUID)
        statement = statement.where(
            or_(RegisterEntry.created_at < at, and_(RegisterEntry.created_at == at, RegisterEntry.id < last))
        )
    rows = uow.session.execute(
        statement.order_by(RegisterEntry.created_at.desc(), RegisterEntry.id.desc()).limit(limit + 1)
    ).all()
    more = None
    if len(rows) > limit:
        last_row = rows[limit - 1].RegisterEntry
        more = write_cursor(last_row.created_at, last_row.id)
    items = tuple(_row(version, declaration, row, actor.language) for row in rows[:limit])
    return RegisterPage(_summary(version, declaration, actor.language), items, more)


def register_entry(uow: UnitOfWork, actor: Actor, register: str, entry_id: UUID) -> RegisterEntryView:
    """Return an entry in full. Raises NotFound for one the actor may not read."""
    version, declaration = _find(uow, register)
    row = uow.session.execute(
        _entries().where(
            RegisterEntry.register == register, RegisterEntry.id == entry_id, *_readable(uow, actor, version)
        )
    ).first()
    if row is None:
        raise NotFound(kind="register_entry", id=entry_id)
    shown = _row(version, declaration, row, actor.language)
    titles = dict(_states(version, declaration, actor.language))
    transitions = tuple(
        (to, titles.get(to, to)) for was, to in sorted(declaration.transitions) if was == shown.state
    )
    return RegisterEntryView(_summary(version, declaration, actor.language), shown, transitions)


def entry_rows(
    uow: UnitOfWork, version: Deployed, entries: Sequence[RegisterEntry], language: str
) -> list[RegisterRow]:
    """Return entries that a case has made, for its page."""
    if not entries:
        return []
    rows = uow.session.execute(_entries().where(RegisterEntry.id.in_([entry.id for entry in entries]))).all()
    declared = {
        key: (place, register)
        for place in reversed(version.places)
        for key, register in place.package.registers.items()
    }
    return [
        _row(*declared[row.RegisterEntry.register], row, language)
        for row in rows
        if row.RegisterEntry.register in declared
    ]


def _entries() -> Any:
    return (
        select(RegisterEntry, Organisation.name, Instance.number)
        .join(Organisation, Organisation.id == RegisterEntry.organisation_id)
        .outerjoin(Instance, Instance.id == RegisterEntry.instance_id)
    )


def _readable(uow: UnitOfWork, actor: Actor, version: Deployed) -> list[ColumnElement[bool]]:
    working = bool(actor.groups) and uow.session.scalar(
        select(LaneBinding.lane)
        .where(LaneBinding.process_key == version.process_key, LaneBinding.group_id.in_(actor.groups))
        .limit(1)
    )
    if policy.may_read_register(actor, bool(working)):
        return []
    if actor.organisation_id is None:
        return [RegisterEntry.id.is_(None)]
    return [RegisterEntry.organisation_id == actor.organisation_id]


def _declared(uow: UnitOfWork) -> list[tuple[Deployed, RegisterDeclaration]]:
    keys = uow.session.scalars(
        select(Definition.process_key).distinct().order_by(Definition.process_key)
    ).all()
    versions = [latest(uow.session, key) for key in keys]
    return [(version, one) for version in versions for one in version.package.registers.values()]


def _find(uow: UnitOfWork, register: str) -> tuple[Deployed, RegisterDeclaration]:
    for version, declaration in _declared(uow):
        if declaration.key == register:
            return version, declaration
    raise NotFound(kind="register", id=register)


def _states(
    version: Deployed | Place, declaration: RegisterDeclaration, language: str
) -> list[tuple[str, str]]:
    words = version.words(language)
    return [
        (state, words.get(f"register.{declaration.key}.state.{state}") or title)
        for state, title in declaration.states
    ]


def _summary(version: Deployed, declaration: RegisterDeclaration, language: str) -> RegisterSummary:
    words, key = version.words(language), declaration.key
    return RegisterSummary(
        key=key,
        title=words.get(f"register.{key}.title") or declaration.title,
        summary=words.get(f"register.{key}.summary") or declaration.summary,
        fields=tuple(
            RegisterField(
                field.key,
                words.get(f"register.{key}.field.{field.key}") or field.title,
                field.type,
                field.listed,
                tuple(_options(version, declaration, field, language)),
            )
            for field in declaration.fields
        ),
        states=tuple(_states(version, declaration, language)),
    )


def _row(version: Deployed | Place, declaration: RegisterDeclaration, row: Any, language: str) -> RegisterRow:
    entry: RegisterEntry = row.RegisterEntry
    fields = canonical.decode(entry.fields)
    options = {one.key: dict(_options(version, declaration, one, language)) for one in declaration.fields}
    return RegisterRow(
        id=entry.id,
        register=entry.register,
        state=entry.state,
        state_title=dict(_states(version, declaration, language)).get(entry.state, entry.state),
        fields=fields,
        organisation_id=entry.organisation_id,
        organisation=row.name,
        instance_id=entry.instance_id,
        instance_number=row.number,
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        created_at=entry.created_at,
        changed_at=entry.changed_at,
        version=entry.version,
        words=tuple(options[one.key].get(str(fields.get(one.key))) or fields.get(one.key) for one in declaration.fields),
    )


def _options(
    version: Deployed | Place, declaration: RegisterDeclaration, field: FieldDeclaration, language: str
) -> list[tuple[str, str]]:
    words = version.words(language)
    return [
        (value, words.get(f"register.{declaration.key}.option.{field.key}.{value}") or title)
        for value, title in field.options
    ]
