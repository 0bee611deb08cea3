"""What the page of a task needs, read once: the view, what is typed, and the sheet drawn from both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext

from service.current import clock, current_actor, unit_of_work
from service.pages.answers import ROW_ID, typed_answers, with_people
from service.pages.frame import new_key
from service.pages.sheets import Drawing, Node, Sheet, html_id
from service.pages.shown import Reader, Section, Shown, filled, show_submission
from service.pages.words import local

if TYPE_CHECKING:
    from workflows.forms import Field
    from workflows.queries.views import OutcomeView, TaskView

VERDICTS = frozenset({"approve", "reject"})


@dataclass(slots=True)
class Desk:
    """A task on somebody's desk. `typed` are the answers as they stand on the page now."""

    view: "TaskView"
    typed: dict[str, Any]
    outcome: str | None
    checked: bool = False
    errors: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    problem: str | None = None
    notice: str | None = None
    conflict: bool = False
    focus: str | None = None
    revision: int = 0
    saved_at: Any = None

    @property
    def deciding(self) -> bool:
        """Whether the task is a verdict (with seals), not a form to fill."""
        return any(one.kind in VERDICTS for one in self.view.outcomes)

    @property
    def chosen(self) -> "OutcomeView | None":
        """The outcome that is chosen on the page."""
        return next((one for one in self.view.outcomes if one.key == self.outcome), None)

    @property
    def control(self) -> dict[str, Any]:
        """What conditions of the form may read of the case, with the outcome chosen now."""
        return {**self.view.control, "outcome": self.outcome}


def from_draft(view: "TaskView") -> Desk:
    """Lay out a task as it was left: the draft, or what was handed in the round before."""
    only = view.outcomes[0].key if len(view.outcomes) == 1 else None
    typed = dict(view.draft.answers if view.draft else view.answers)
    if view.form is not None:
        typed = answerable(view.form.fields, typed) if typed else defaults(view.form.fields)
    desk = Desk(view, typed, only)
    if not desk.deciding and view.outcomes:
        desk.outcome = view.outcomes[0].key
    if view.draft is not None:
        desk.revision, desk.saved_at = view.draft.revision, view.draft.saved_at
    return desk


def answerable(fields: "Iterable[Field]", answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without computed values: those are worked out again, nobody types them."""
    from workflows.forms.form import flat

    found: dict[str, Any] = {}
    for one in flat(tuple(fields)):
        if one.key not in answers or not (one.answered or one.type == "dynamiclist"):
            continue
        given = answers[one.key]
        if one.type == "dynamiclist" and isinstance(given, list | tuple):
            given = [
                answerable(one.children, row) | ({ROW_ID: row[ROW_ID]} if ROW_ID in row else {})
                for row in given
                if isinstance(row, Mapping)
            ]
        found[one.key] = given
    return found


def defaults(fields: "Iterable[Field]") -> dict[str, Any]:
    """Return what a fresh form begins with: its defaults, and one row where rows are required."""
    from workflows.forms.form import flat

    found: dict[str, Any] = {}
    for one in flat(tuple(fields)):
        if one.type == "dynamiclist":
            if one.required:
                found[one.key] = [defaults(one.children)]
        elif one.default not in (None, ""):
            found[one.key] = one.default
    return found


def from_post(view: "TaskView") -> Desk:
    """Lay out a task as it was posted."""
    typed = typed_answers(view.form, request.form) if view.form else {}
    outcome = request.form.get("outcome")
    known = {one.key for one in view.outcomes}
    desk = Desk(view, typed, outcome if outcome in known else None, "_checked" in request.form)
    if outcome is None and not desk.deciding and view.outcomes:
        desk.outcome = view.outcomes[0].key
    desk.revision = (
        int(request.form.get("_revision", "0") or 0) if request.form.get("_revision", "0").isdigit() else 0
    )
    if view.draft is not None:
        desk.saved_at = view.draft.saved_at
    return desk


def sheet_of(desk: Desk) -> Sheet:
    """Draw the form as it stands, with what is missing; nothing is kept."""
    from workflows import forms

    view = desk.view
    if view.form is None:
        return Sheet(())
    form, control = view.form, desk.control
    lenient = forms.load_draft(form, desk.typed)
    hidden = frozenset(forms.hidden_paths(form, lenient, control))
    drawing = Drawing(
        form=form,
        answers=desk.typed,
        texts=view.texts,
        hidden=hidden,
        computed=forms.compute(form, lenient, control),
        errors=desk.errors or faults(desk, hidden),
        show_errors=desk.checked,
        attachments=view.attachments,
        marks=view.marks,
        markable=view.markable,
        advice=forms.advices(form, lenient, control),
    )
    return drawing.draw()


def faults(desk: Desk, hidden: frozenset[str]) -> Mapping[str, Sequence[Any]]:
    """Return what stands in the way of handing the form in now."""
    from workflows import forms
    from workflows.forms import AttachmentInfo

    view = desk.view
    assert view.form is not None  # noqa: S101 - only called for a task with a form
    files = {
        one.id: AttachmentInfo(
            field=one.field, size=one.size or 0, media_type=one.media_type or "", sha256=one.sha256 or ""
        )
        for one in view.attachments
    }
    answers = without(desk.typed, hidden)
    try:
        forms.load_answers(
            view.form, answers, control=desk.control, files=files, today=local(clock().now()).date()
        )
    except forms.InvalidForm as found:
        return found.errors
    return {}


def without(answers: Mapping[str, Any], hidden: Collection[str], above: str = "") -> dict[str, Any]:
    """Return answers without those at hidden paths, in rows too."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        path = f"{above}{key}"
        if path in hidden:
            continue
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            found[key] = [without(row, hidden, f"{path}[{n}].") for n, row in enumerate(value)]
        else:
            found[key] = value
    return found


def drop_hidden(desk: Desk) -> dict[str, Any]:
    """Return the answers without those of fields that are not on the page now."""
    from workflows import forms

    if desk.view.form is None:
        return {}
    hidden = forms.hidden_paths(desk.view.form, forms.load_draft(desk.view.form, desk.typed), desk.control)
    return without(desk.typed, hidden)


def save(desk: Desk, *, over: bool = False) -> None:
    """Keep what is typed as the draft.

    Raises DraftChanged when it was saved elsewhere meanwhile, unless the person said `over`: the one here counts.
    """
    from workflows.commands.drafts import save_draft

    revision = desk.revision
    if over and desk.view.draft is not None:
        revision = desk.view.draft.revision
    kept = save_draft(unit_of_work(), current_actor(), desk.view.id, desk.typed, revision)
    desk.revision, desk.saved_at = kept.revision, kept.saved_at
    if desk.view.form is not None:
        desk.typed = with_people(desk.view.form, desk.typed, kept.answers)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a form to fill: a title and its nodes."""

    title: str
    nodes: tuple[Node, ...]


def parts_of(sheet: Sheet) -> list[Part]:
    """Return the sections of a sheet: each group with a label, and what stands between them."""
    found: list[Part] = []
    loose: list[Node] = []
    for node in sheet.nodes:
        if node.kind == "group" and node.label:
            if loose:
                found.append(Part("", tuple(loose)))
                loose = []
            if node.children:
                found.append(Part(node.label, node.children))
        else:
            loose.append(node)
    if loose:
        found.append(Part("", tuple(loose)))
    return found


def submissions_of(view: "TaskView") -> list[Shown]:
    """Return what was handed in so far, the latest first and each step once: the last round counts."""
    latest: dict[str, Any] = {}
    for one in sorted(view.submissions, key=lambda one: one.at):
        latest.pop(one.element_id, None)
        latest[one.element_id] = one
    return filled(show_submission(one, view.texts) for one in reversed(latest.values()))


def kept_sections(desk: Desk) -> tuple[Section, ...]:
    """Return what was typed but not taken, to be read and copied."""
    if desk.view.form is None or not desk.typed:
        return ()
    return Reader(desk.view.form, desk.view.texts, desk.view.attachments).sections(desk.typed)


def context_of(desk: Desk) -> dict[str, Any]:
    """Return what the templates of a task read."""
    sheet = sheet_of(desk)
    rows = [node for node in sheet.nodes if node.kind == "dynamiclist"]
    opinion = next((node for node in sheet.nodes if node.kind == "textarea"), None)
    kind = desk.chosen.kind if desk.chosen else "approve"
    return {
        "view": desk.view,
        "sheet": sheet,
        "sections": parts_of(sheet),
        "deciding": desk.deciding,
        "outcome": desk.outcome,
        "chosen": desk.chosen,
        "checked": desk.checked,
        "problem_text": desk.problem,
        "notice": desk.notice,
        "conflict": desk.conflict,
        "focus_id": html_id(desk.focus) if desk.focus else None,
        "focus_problems": bool(desk.checked and (desk.errors or desk.problem)),
        "key": new_key(),
        "revision": desk.revision,
        "saved_at": desk.saved_at,
        "submissions": submissions_of(desk.view),
        "mark_count": sum(len(node.rows) for node in rows),
        "opinion_id": opinion.id if opinion else None,
        "phrases": [gettext(f"phrase.{kind}_{n}") for n in (1, 2, 3)],
    }
