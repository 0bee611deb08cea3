"""Deployed packages, read once per process and shared: a deployed version never changes."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from storage.errors import NotFound
from storage.models import Definition, DefinitionFile
from workflows.engine import Element
from workflows.forms import Form
from workflows.packages import Package, load_package

KEPT: Final = 64
_kept: OrderedDict[UUID, "Deployed"] = OrderedDict()
_lock: Final = Lock()

AnySession = Session | scoped_session[Session]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a process with its package ready to run."""

    id: UUID
    process_key: str
    version: int
    sha256: str
    package: Package

    def element(self, element_id: str) -> Element:
        """Return a drawn element; raises KeyError for an id that this version does not have."""
        return self.package.definition.elements[element_id]

    def form_of(self, element_id: str) -> Form | None:
        """Return the form of a user task, None when it has none."""
        key = self.element(element_id).properties.get("form")
        return self.package.forms[key] if key else None

    def words(self, language: str) -> Mapping[str, str]:
        """Return every text of the package in a language, by the flat keys of packages.texts."""
        return self.package.texts(language)

    def process_title(self, language: str) -> str:
        """Return the title of the process in a language."""
        return self.words(language).get("package.title") or self.package.title

    def title(self, element_id: str, language: str) -> str:
        """Return the name of a drawn element in a language, its id when it has none."""
        return self.words(language).get(f"element.{element_id}") or element_id

    def lane_title(self, lane: str, language: str) -> str:
        """Return the title of a lane in a language."""
        return self.words(language).get(f"lane.{lane}") or lane

    def outcome_title(self, element_id: str, outcome: str | None, language: str) -> str | None:
        """Return the words of a task's outcome, None without an outcome."""
        if outcome is None:
            return None
        return self.words(language).get(f"outcome.{element_id}.{outcome}") or outcome

    def outcome_kind(self, element_id: str, outcome: str | None) -> str | None:
        """Return submit, approve, return or reject; None for an outcome that the task does not declare."""
        settings = self.package.manifest.tasks.get(element_id)
        found = settings.outcome(outcome) if settings and outcome else None
        return str(found.kind) if found else None

    def is_starter(self, lane: str) -> bool:
        """Tell whether a lane is the applicant's."""
        declared = self.package.manifest.lanes.get(lane)
        return declared is not None and declared.starter


def deployed(session: AnySession, definition_id: UUID) -> Deployed:
    """Return a deployed version; raise NotFound when there is none."""
    with _lock:
        if definition_id in _kept:
            _kept.move_to_end(definition_id)
            return _kept[definition_id]
    row = session.execute(
        select(Definition.id, Definition.process_key, Definition.version, Definition.sha256).where(
            Definition.id == definition_id
        )
    ).first()
    if row is None:
        raise NotFound(kind="definition", id=definition_id)
    files = session.execute(
        select(DefinitionFile.path, DefinitionFile.content).where(
            DefinitionFile.definition_id == definition_id
        )
    )
    package = load_package({path: content for path, content in files})  # noqa: C416 - rows are not pairs to dict()
    found = Deployed(row.id, row.process_key, row.version, row.sha256, package)
    with _lock:
        _kept[definition_id] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def latest(session: AnySession, process_key: str) -> Deployed:
    """Return the newest version of a process; raise NotFound when it was never deployed."""
    definition_id = session.scalar(
        select(Definition.id)
        .where(Definition.process_key == process_key)
        .order_by(Definition.version.desc())
        .limit(1)
    )
    if definition_id is None:
        raise NotFound(kind="process", id=process_key)
    return deployed(session, definition_id)
