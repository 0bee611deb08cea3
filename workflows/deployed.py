"""Deployed packages, read once per process and shared: a deployed version never changes."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from storage.errors import NotFound
from storage.models import Definition, DefinitionCall, DefinitionFile
from workflows.engine import Element
from workflows.forms import Form
from workflows.packages import Package, calls_of, load_package
from workflows.places import Place

KEPT: Final = 64
RETURNED: Final = "returned"
"""The outcome of a task that sent the case back to where nobody drew a flow."""
_kept: OrderedDict[UUID, "Deployed"] = OrderedDict()
_lock: Final = Lock()

AnySession = Session | scoped_session[Session]


@dataclass(frozen=True)
class Deployed:
    """A version of a process with its package ready to run."""

    id: UUID
    process_key: str
    version: int
    sha256: str
    package: Package

    def at(self, element_id: str) -> Place:
        """Return where an element is drawn, here or in a process that is called; raises KeyError for an unknown call."""
        package, local = self.package.at(element_id)
        return Place(package, element_id.removesuffix(local), local)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """This process and all that it calls, each version once, the caller before the called."""
        found: dict[str, Place] = {}
        waiting = [Place(self.package, "")]
        while waiting:
            place = waiting.pop(0)
            found.setdefault(place.package.sha256, place)
            waiting += [
                Place(called, f"{place.prefix}{call}.") for call, called in place.package.calls.items()
            ]
        return tuple(found.values())

    @property
    def process_keys(self) -> frozenset[str]:
        """The processes whose lanes have work in a case of this one."""
        return frozenset(place.process_key for place in self.places)

    def element(self, element_id: str) -> Element:
        """Return an element; raises KeyError for an id that this version does not have."""
        return self.package.definition.elements[element_id]

    def form_of(self, element_id: str) -> Form | None:
        """Return the form of a user task, None when it has none."""
        return self.at(element_id).form

    def words(self, language: str) -> Mapping[str, str]:
        """Return every text of the package itself in a language; what it calls has words of its own (`at`)."""
        return self.package.texts(language)

    def process_title(self, language: str) -> str:
        """Return the title of the process in a language."""
        return self.words(language).get("package.title") or self.package.title

    def title(self, element_id: str, language: str) -> str:
        """Return the name of an element in a language, its id when it has none; that of the call stands before it."""
        parts = element_id.split(".")
        names = (self.at(".".join(parts[:end])).title(language) for end in range(1, len(parts) + 1))
        return " · ".join(names)

    def lane_title(self, element_id: str, lane: str, language: str) -> str:
        """Return the title of the lane that an element lies in, in the words of the process that draws it."""
        return self.at(element_id).lane_title(lane, language)

    def outcome_title(self, element_id: str, outcome: str | None, language: str) -> str | None:
        """Return the words of a task's outcome, None without an outcome and for a return that nobody drew."""
        if outcome is None:
            return None
        place = self.at(element_id)
        return place.outcome_title(outcome, language) if place.outcome_kind(outcome) or outcome != RETURNED else None

    def outcome_kind(self, element_id: str, outcome: str | None) -> str | None:
        """Return submit, approve, return or reject; None for an outcome that the task does not declare."""
        return None if outcome is None else self.at(element_id).outcome_kind(outcome)


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
    package = _load(session, definition_id, {path: content for path, content in files})  # noqa: C416 - rows are not pairs to dict()
    found = Deployed(row.id, row.process_key, row.version, row.sha256, package)
    with _lock:
        _kept[definition_id] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _load(session: AnySession, definition_id: UUID, files: Mapping[str, bytes]) -> Package:
    """Read a package with what it was bound to when it was deployed, however often that was deployed since."""
    bound: dict[str, UUID] = {}
    if calls_of(files):
        rows = session.execute(
            select(DefinitionCall.process_key, DefinitionCall.called_id).where(
                DefinitionCall.definition_id == definition_id
            )
        )
        bound = {row.process_key: row.called_id for row in rows}
    return load_package(files, lambda key: deployed(session, bound[key]).package if key in bound else None)


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
