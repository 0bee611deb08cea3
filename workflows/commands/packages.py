"""Deploy: a package becomes a version that instances can start on."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from storage.actor import Actor, Role
from storage.errors import NotFound
from storage.models import Definition, DefinitionCall, DefinitionFile
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import AnySession, latest
from workflows.errors import DefinitionChanged, PackageInvalid, RoleMissing
from workflows.events import Event
from workflows.lines import paragraph
from workflows.packages import Find, Package, PackageRefused, Uncallable, load_package
from workflows.queries.views import DefinitionView, Person

MAX_NOTE: Final = 500


def deploy_package(
    uow: UnitOfWork,
    actor: Actor,
    files: Mapping[str, bytes],
    note: str | None = None,
    idempotency_key: str | None = None,
) -> DefinitionView:
    """Deploy the files of a package; content that is deployed already is the same version again, and success.

    What it calls is bound to the newest version of that process at this moment, and stays so for good.
    For process owners and administrators. Raises PackageInvalid with the findings, RoleMissing, DefinitionChanged.
    """
    if not policy.may_deploy(actor):
        raise RoleMissing(Role.PROCESS_OWNER)
    note = paragraph(note or "", "note", MAX_NOTE) or None
    try:
        package = load_package(files, find_newest(uow.session))
    except PackageRefused as refused:
        raise PackageInvalid(tuple(refused.findings)) from None
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("deploy", package.sha256)) as done:
        if done.repeated:
            return _view(_found(uow, done.resource_id))
        known = uow.session.scalar(
            select(Definition)
            .where(Definition.process_key == package.key, Definition.sha256 == package.sha256)
            .order_by(Definition.version.desc())
            .limit(1)
        )
        newest = uow.session.scalar(
            select(func.max(Definition.version)).where(Definition.process_key == package.key)
        )
        if known is not None and known.version == newest:
            return done(_view(known), known.id)
        try:
            definition = _add(uow, actor, package, (newest or 0) + 1, note)
        except IntegrityError:
            raise DefinitionChanged from None
        return done(_view(definition, created=True), definition.id)


def _add(uow: UnitOfWork, actor: Actor, package: Package, version: int, note: str | None) -> Definition:
    definition = Definition(
        id=uow.ids.new(),
        process_key=package.key,
        version=version,
        sha256=package.sha256,
        title=package.title,
        deployed_at=uow.clock.now(),
        deployed_by=actor.account_id,
        note=note,
    )
    bound = {called.key: called.sha256 for called in package.calls.values()}
    # Two deployments of one process meet on the unique (process, version): the second is told to come again.
    uow.journal.record(
        Event.DEFINITION_DEPLOYED,
        stream=f"definition:{package.key}",
        definition_sha256=package.sha256,
        details={
            "definition": definition.id,
            "version": version,
            "engine": package.definition.sha256,
            **({"calls": bound} if bound else {}),
        },
    )
    uow.session.add(definition)
    uow.session.flush()
    uow.session.add_all(
        DefinitionFile(definition_id=definition.id, path=path, content=content)
        for path, content in package.files.items()
    )
    for key, sha256 in sorted(bound.items()):
        called_id = uow.session.scalar(
            select(Definition.id)
            .where(Definition.process_key == key, Definition.sha256 == sha256)
            .order_by(Definition.version.desc())
            .limit(1)
        )
        uow.session.add(DefinitionCall(definition_id=definition.id, process_key=key, called_id=called_id))
    return definition


def find_newest(session: AnySession) -> Find:
    """Return what finds the newest deployed version of a process by its key, for the packages that call it."""

    def find(key: str) -> Package | None:
        try:
            return latest(session, key).package
        except NotFound:
            return None
        except PackageRefused:
            why = "whose deployed version does not pass today's checks: deploy it anew first."
            raise Uncallable(why) from None

    return find


def _found(uow: UnitOfWork, definition_id: UUID | None) -> Definition:
    definition = uow.session.get(Definition, definition_id) if definition_id else None
    if definition is None:
        raise NotFound(kind="definition", id=definition_id)
    return definition


def _view(definition: Definition, *, created: bool = False) -> DefinitionView:
    return DefinitionView(
        id=definition.id,
        process_key=definition.process_key,
        version=definition.version,
        sha256=definition.sha256,
        title=definition.title,
        deployed_at=definition.deployed_at,
        deployed_by=Person(definition.deployed_by, "") if definition.deployed_by else None,
        note=definition.note,
        running=0,
        created=created,
    )
