"""An element as its own process has it: form, words, lanes and settings, be it drawn here or in what is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.forms import Form
from workflows.forms.form import plain_path
from workflows.packages import Package, TaskSettings
from workflows.packages.watermarks import EVERY_FILE


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element is at home. ``call_1.review`` is ``review`` in the package that ``call_1`` is bound to.

    `local` is the id there, empty for the package as a whole; `prefix` (``call_1.``) tells one call from another.
    """

    package: Package
    prefix: str
    local: str = ""

    @property
    def process_key(self) -> str:
        """The process that draws it: lanes are bound for this one, whoever calls it."""
        return self.package.key

    @property
    def form(self) -> Form | None:
        """The form of a user task, None when it has none."""
        return self.package.form_of(self.local)

    @property
    def settings(self) -> TaskSettings:
        """Outcomes and verbs of a user task; raises KeyError for anything else."""
        return self.package.manifest.tasks[self.local]

    @property
    def return_to(self) -> tuple[str, ...]:
        """Ids, as the case knows them, of the steps to which a user task may send the case back undrawn."""
        return tuple(self.prefix + name for name in self.settings.return_to)

    def has_watermark(self, path: str) -> bool:
        """Tell whether files of a field of the task go out with a watermark; `path` may hold row numbers."""
        named = self.package.manifest.watermark
        return named == EVERY_FILE or f"{self.local}.{plain_path(path)}" in named

    def words(self, language: str) -> Mapping[str, str]:
        """Return every text of its package in a language, by the flat keys of packages.texts."""
        return self.package.texts(language)

    def title(self, language: str) -> str:
        """Return its name in a language, its id when it has none."""
        return self.words(language).get(f"element.{self.local}") or self.local

    def lane_title(self, lane: str, language: str) -> str:
        """Return the title of a lane of its process in a language."""
        return self.words(language).get(f"lane.{lane}") or lane

    def outcome_title(self, outcome: str, language: str) -> str:
        """Return the words of an outcome of the task."""
        return self.words(language).get(f"outcome.{self.local}.{outcome}") or outcome

    def outcome_kind(self, outcome: str) -> str | None:
        """Return submit, approve, return or reject; None for an outcome that the task does not declare."""
        settings = self.package.manifest.tasks.get(self.local)
        found = settings.outcome(outcome) if settings else None
        return str(found.kind) if found else None

    def phrases(self, outcome: str, language: str) -> tuple[str, ...]:
        """Return what is often written with an outcome of the task, in a language."""
        words = self.words(language)
        given = self.settings.phrases.get(outcome, ())
        return tuple(
            words.get(f"phrase.{self.local}.{outcome}.{at}") or text for at, text in enumerate(given, 1)
        )

    def is_starter(self, lane: str) -> bool:
        """Tell whether a lane of its process is the applicant's."""
        declared = self.package.manifest.lanes.get(lane)
        return declared is not None and declared.starter
