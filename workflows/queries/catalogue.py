"""What can be applied for, and the versions behind it."""

from uuid import UUID

from sqlalchemy import func, select

from storage.actor import Actor, Role
from storage.errors import NotFound
from storage.models import Definition, Instance
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import Deployed, latest
from workflows.errors import RoleMissing
from workflows.players import Player, players_of, refusal_of_start
from workflows.queries.names import names_of
from workflows.queries.stepper import main_steps
from workflows.queries.views import CatalogueEntry, DefinitionView, MaterialView, Person


def catalogue(uow: UnitOfWork, actor: Actor) -> tuple[CatalogueEntry, ...]:
    """Return every deployed process that can be started in its newest version, and whether the actor could start it now."""
    newest = _newest(uow)
    versions = [latest(uow.session, key) for key in newest]
    versions = [version for version in versions if not version.package.manifest.callable_only]
    keys = frozenset[str]().union(*(version.process_keys for version in versions))
    players = players_of(uow.session, keys, actor.organisation_id)
    return tuple(_entry(actor, version, newest[version.process_key], players) for version in versions)


def read_process(uow: UnitOfWork, actor: Actor, process_key: str) -> CatalogueEntry:
    """Return one process of the catalogue. Raises NotFound."""
    version = latest(uow.session, process_key)
    if version.package.manifest.callable_only:
        raise NotFound(kind="process", id=process_key)
    players = players_of(uow.session, version.process_keys, actor.organisation_id)
    return _entry(actor, version, _newest(uow)[process_key], players)


def definitions(uow: UnitOfWork, actor: Actor) -> tuple[DefinitionView, ...]:
    """Return every deployed version with its running cases, the newest first; for owners and overseers."""
    if not (policy.may_deploy(actor) or policy.may_see_journal(actor)):
        raise RoleMissing(Role.PROCESS_OWNER)
    running = dict(
        uow.session.execute(
            select(Instance.definition_id, func.count())
            .where(Instance.status == "active")
            .group_by(Instance.definition_id)
        ).all()
    )
    rows = uow.session.scalars(
        select(Definition).order_by(Definition.process_key, Definition.version.desc())
    ).all()
    names = names_of(uow, [row.deployed_by for row in rows])
    return tuple(_definition(row, running, names) for row in rows)


def _newest(uow: UnitOfWork) -> dict[str, Definition]:
    rows = uow.session.scalars(select(Definition).order_by(Definition.process_key, Definition.version)).all()
    return {row.process_key: row for row in rows}


def _entry(
    actor: Actor, version: Deployed, row: Definition, players: dict[tuple[str, str], Player]
) -> CatalogueEntry:
    manifest, words = version.package.manifest, version.words(actor.language)
    refusal = refusal_of_start(actor, version, players)
    return CatalogueEntry(
        key=version.process_key,
        version=version.version,
        definition_id=version.id,
        title=version.process_title(actor.language),
        summary=words.get("package.summary") or manifest.summary,
        owner=words.get("package.owner") or manifest.owner,
        materials=tuple(
            MaterialView(
                key=material.key,
                title=words.get(f"material.{material.key}.title") or material.title,
                hint=words.get(f"material.{material.key}.hint") or material.hint,
                document=material.document,
            )
            for material in manifest.materials
        ),
        steps=tuple(version.title(element_id, actor.language) for element_id in main_steps(version)),
        fill_in_days=manifest.fill_in_days,
        statutory_days=manifest.statutory_days,
        deployed_at=row.deployed_at,
        why_not=refusal.code if refusal else None,
        why_not_params=dict(refusal.params) if refusal else {},
    )


def _definition(row: Definition, running: dict[UUID, int], names: dict[UUID, str]) -> DefinitionView:
    return DefinitionView(
        id=row.id,
        process_key=row.process_key,
        version=row.version,
        sha256=row.sha256,
        title=row.title,
        deployed_at=row.deployed_at,
        deployed_by=Person(row.deployed_by, names.get(row.deployed_by, "")) if row.deployed_by else None,
        note=row.note,
        running=running.get(row.id, 0),
    )
