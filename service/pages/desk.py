"""What the page of a task needs, read once: the view, what is typed, and the sheet drawn from both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from service.current import current_actor, unit_of_work
from service.pages.answers import ROW_ID, defaults, typed_answers
from service.pages.frame import new_key
from service.pages.going_on import list_asked, list_context
from service.pages.judged import sheet_of, standing
from service.pages.paging import fields_of, materials_of, neighbours, page_of, steps_of
from service.pages.phrases import own_phrases, phrases_of
from service.pages.sheets import Node, html_id
from service.pages.shown import Reader, Section, submissions_of
from service.pages.together import News, Rival, absorb, lay_out, seen_text, take_post, typing_of
from workflows.forms.form import flat
from workflows.forms.spread import Spread

if TYPE_CHECKING:
    from workflows.forms import Field
    from workflows.forms.seen import Seen
    from workflows.forms.spread import Rows
    from workflows.queries.views import OutcomeView, TaskView
    from workflows.queries.views.inbox import Wanted

VERDICTS = frozenset({"approve", "reject"})


@dataclass(slots=True)
class Desk:
    """A task on somebody's desk. `typed` are the answers as they stand on the page now, `wanted` the list it is of."""

    view: "TaskView"
    typed: dict[str, Any]
    outcome: str | None
    checked: bool = False
    errors: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    past: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """What a draft cannot keep: said at once, whether or not the form was to be handed in."""
    problem: str | None = None
    notice: str | None = None
    focus: str | None = None
    revision: int = 0
    saved_at: Any = None
    unsaved: bool = False
    page: str = ""
    initial: Mapping[str, Any] = field(default_factory=dict)
    tab: str = ""
    seen: "Seen | None" = None
    posted: frozenset[str] = frozenset()
    key: str = ""
    rows: "Rows" = field(default_factory=dict)
    decided: Mapping[str, Any] = field(default_factory=dict)
    base: Spread = field(default_factory=Spread)
    before: Mapping[str, str] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    news: Sequence[News] = ()
    rivals: Mapping[str, Sequence[Rival]] = field(default_factory=dict)
    wanted: "Wanted | None" = field(default_factory=list_asked)
    returning: Mapping[str, str] | None = None

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

    @property
    def plain(self) -> frozenset[str]:
        """The posted paths without row numbers."""
        from workflows.forms import plain_path

        return frozenset(plain_path(path) for path in self.posted)


def from_draft(view: "TaskView") -> Desk:
    """Lay out a task as it was left: the draft, or what was handed in the round before."""
    only = view.outcomes[0].key if len(view.outcomes) == 1 else None
    typed = beginning(view)
    desk = Desk(view, typed, only)
    desk.page = page_of(view.form, request.args.get("page"), deciding=desk.deciding)
    desk.checked = "checked" in request.args
    if view.form is not None:
        lay_out(desk, view.form)
    if not desk.deciding and view.outcomes:
        desk.outcome = view.outcomes[0].key
    if view.draft is not None:
        desk.revision, desk.saved_at = view.draft.revision, view.draft.saved_at
    with_lost_files(desk)
    return desk


def beginning(view: "TaskView") -> dict[str, Any]:
    """Return the answers that a task begins with: its draft, the round before, or defaults."""
    typed = dict(view.draft.answers if view.draft else view.answers)
    if view.form is None:
        return typed
    return answerable(view.form.fields, typed) if typed else defaults(view.form.fields)


def other_pages(desk: Desk) -> dict[str, Any]:
    """Return what stands on the other pages of a form, of which the page at hand posts nothing."""
    if desk.view.form is None or not desk.page:
        return {}
    here = {one.key for one in flat(fields_of(desk.view.form, desk.page))}
    return {key: value for key, value in beginning(desk.view).items() if key not in here}


def held_files(desk: Desk) -> set[UUID]:
    """Return the files in the making that the answers name."""
    from workflows.queries.submissions import files_in

    return set(
        files_in(desk.typed, {one.id: one for one in desk.view.attachments if one.status == "held"})
    )


def with_lost_files(desk: Desk) -> None:
    """Put files that arrived, but that no save named any more, to their fields: a tab was closed too soon."""
    from service.pages.attachments import change_files

    held = {one.id: one for one in desk.view.attachments if one.status == "held"}
    for number in held.keys() - held_files(desk):
        file = held[number]
        if file.task_id == desk.view.id:
            change_files(desk.typed, file.field, add=str(file.id))


def answerable(fields: "Iterable[Field]", answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without computed values: those are worked out again, nobody types them."""
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


def from_post(view: "TaskView") -> Desk:
    """Lay out a task as it was posted."""
    return from_fields(view, request.form)


def from_fields(view: "TaskView", posted: "MultiDict[str, str]") -> Desk:
    """Lay out a task from the fields of a page."""
    typed = standing(view, typed_answers(view.form, posted)) if view.form else {}
    outcome = posted.get("outcome")
    known = {one.key for one in view.outcomes}
    desk = Desk(view, typed, outcome if outcome in known else None, "_checked" in posted)
    if outcome is None and not desk.deciding and view.outcomes:
        desk.outcome = view.outcomes[0].key
    revision = posted.get("_revision", "0")
    desk.revision = int(revision) if revision.isdigit() and len(revision) < 10 else 0
    if view.form is not None:
        desk.page = page_of(view.form, posted.get("_page"), deciding=desk.deciding)
        take_post(desk, fields_of(view.form, desk.page), posted)
        desk.initial = beginning(view) if view.draft is None else {}
    if view.draft is not None:
        desk.saved_at = view.draft.saved_at
    return desk


def save(desk: Desk) -> None:
    """Keep what is typed in the draft, beside what others typed meanwhile; the desk then shows both."""
    from workflows.commands.drafts import merge_draft

    desk.unsaved = True
    together = merge_draft(unit_of_work(), current_actor(), desk.view.id, typing_of(desk))
    desk.unsaved = False
    desk.revision, desk.saved_at = together.draft.revision, together.draft.saved_at
    if desk.view.form is not None:
        absorb(desk, desk.view.form, together)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a form to fill: a title and its nodes."""

    title: str
    nodes: tuple[Node, ...]


def parts_of(nodes: Sequence[Node], title: str = "") -> list[Part]:
    """Return the sections of a page: each group with a label, and what stands between them, first under the title."""
    found: list[Part] = []
    loose: list[Node] = []
    for node in nodes:
        if node.kind == "group" and node.label:
            if loose:
                found.append(Part("" if found else title, tuple(loose)))
                loose = []
            if node.children:
                found.append(Part(node.label, node.children))
        else:
            loose.append(node)
    if loose:
        found.append(Part("" if found else title, tuple(loose)))
    return found


def kept_sections(desk: Desk) -> tuple[Section, ...]:
    """Return what was typed but not taken, to be read and copied."""
    if desk.view.form is None or not desk.typed:
        return ()
    return Reader(desk.view.form, desk.view.texts, desk.view.attachments).sections(desk.typed)


def context_of(desk: Desk) -> dict[str, Any]:
    """Return what the templates of a task read."""
    sheet = sheet_of(desk)
    steps = steps_of(desk, sheet)
    now = next((node for node in sheet.nodes if node.page and node.page == desk.page), None)
    rows = [node for node in sheet.nodes if node.kind == "dynamiclist"]
    opinion = next((node for node in sheet.nodes if node.kind == "textarea"), None)
    phrases = phrases_of(desk)
    return {
        "view": desk.view,
        "sheet": sheet,
        "sections": parts_of(now.children, now.label) if now else parts_of(sheet.nodes),
        "choices": [sheet.line(path) for path in desk.rivals],
        "deciding": desk.deciding,
        "outcome": desk.outcome,
        "chosen": desk.chosen,
        "checked": desk.checked,
        "problem_text": desk.problem,
        "notice": desk.notice,
        "tab": desk.tab,
        "seen_text": seen_text(desk, fields_of(desk.view.form, desk.page)) if desk.view.form else "",
        "page": desk.page,
        "shape": sheet.shape,
        "checklist": sheet.checklist(()),
        "pages": steps,
        **neighbours(steps, desk.page),
        "materials": materials_of(desk, sheet),
        "news": desk.news,
        "unsaved": desk.unsaved,
        "focus_id": html_id(desk.focus) if desk.focus else None,
        "focus_problems": bool(desk.past or (desk.checked and (desk.errors or desk.problem))),
        "key": new_key(),
        **list_context(desk),
        "revision": desk.revision,
        "saved_at": desk.saved_at,
        "submissions": submissions_of(desk.view),
        "mark_count": sum(len(node.rows) for node in rows),
        "opinion_id": opinion.id if opinion else None,
        "phrases": phrases,
        "own_phrases": own_phrases(desk, opinion, phrases),
    }
