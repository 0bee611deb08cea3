"""The words of papers, in the language that is current: what a template is given."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask_babel import get_locale

from service.pages.shown import Item, Section, filled, show_submission
from service.pages.words import day, gettext, in_row, last_moment, local
from workflows.papers.asking import VERDICTS

if TYPE_CHECKING:
    from workflows.papers.issuing import Wanted
    from workflows.queries.views import InstanceView, SubmissionView, TimelineEntry

APPLICATION: Final = "application"


def starter_of(view: "InstanceView") -> str | None:
    """Return the lane that handed in first: the applicant's."""
    return min(view.submissions, key=lambda one: one.at).lane if view.submissions else None


def own_submissions(view: "InstanceView") -> list["SubmissionView"]:
    """Return what the applicant handed in, the oldest first."""
    starter = starter_of(view)
    return sorted((one for one in view.submissions if one.lane == starter), key=lambda one: one.at)


def application_of(view: "InstanceView", number: str, seal: tuple[int, str], now: datetime) -> dict[str, Any]:
    """Return the words of an application to print: all that was handed in, the last round of each step."""
    newest = {one.element_id: one for one in own_submissions(view)}
    shown = filled(show_submission(one, one.texts) for one in newest.values())
    sections = sections_of(part for one in shown for part in one.sections)
    return _paper(view, APPLICATION, number, seal, now, [], sections)


def issued_of(view: "InstanceView", wanted: "Wanted") -> dict[str, Any]:
    """Return the words of a receipt, a correction notice or a decision."""
    lines, sections = {"receipt": _receipt, "correction": _correction, "decision": _decision}[wanted.kind](view, wanted)
    at = wanted.issued_at if wanted.kind == "correction" else wanted.at
    return _paper(view, wanted.kind, wanted.number, (wanted.seq, wanted.sha256), at, lines, sections)


def _receipt(view: "InstanceView", _: "Wanted") -> tuple[list[str], list[dict[str, Any]]]:
    first = own_submissions(view)[0].at
    return [
        gettext("paper.receipt_text", at=f"{day(first)} {local(first):%H:%M}", title=view.title, number=view.number),
        gettext("paper.receipt_hint"),
    ], []


def _decision(view: "InstanceView", _: "Wanted") -> tuple[list[str], list[dict[str, Any]]]:
    first = own_submissions(view)[0].at
    decided = [one for one in view.timeline if one.outcome_kind in VERDICTS]
    return [
        gettext("paper.decision_text", at=day(first), title=view.title, number=view.number),
        gettext("paper.decision_result", outcome=view.outcome_title or ""),
        *(gettext("paper.decision_opinion", step=one.title, text=one.opinion) for one in decided if one.opinion),
    ], []


def _correction(view: "InstanceView", wanted: "Wanted") -> tuple[list[str], list[dict[str, Any]]]:
    given = [one for one in own_submissions(view) if one.at <= wanted.at]
    told = next((one for one in view.timeline if one.at == wanted.at and one.outcome_kind == "return"), None)
    marks = told.marks if told else ()
    said = {"at": day(given[-1].at), "title": view.title, "number": view.number, "step": told.title if told else view.title}
    lines = [gettext("paper.correction_text", **said)]
    if told and told.opinion:
        lines.append(gettext("paper.correction_opinion", text=told.opinion))
    due = wanted.due_at
    lines.append(gettext("paper.correction_due", due=last_moment(due)) if due else gettext("paper.correction_no_due"))
    lines.append(gettext("paper.correction_marked" if marks else "paper.correction_open"))
    return lines, [_marked(told)] if told and marks else []


def _marked(told: "TimelineEntry") -> dict[str, Any]:
    rows = [
        [str(number), f"{mark.label}{in_row(mark.field)}", mark.reason] for number, mark in enumerate(told.marks, 1)
    ]
    columns = [gettext(f"paper.correction_{one}") for one in ("number", "place", "reason")]
    item = {"label": "", "text": "", "columns": columns, "rows": rows, "widths": [1, 4, 7]}
    return {"title": gettext("paper.correction_places", n=len(rows)), "items": [item]}


def _paper(
    view: "InstanceView",
    kind: str,
    number: str,
    seal: tuple[int, str],
    at: datetime,
    lines: list[str],
    sections: list[dict[str, Any]],
) -> dict[str, Any]:
    issuer = view.texts.get("package.owner", view.title)
    official = kind != APPLICATION
    return {
        "lang": str(get_locale())[:2],
        "official": official,
        "issuer": issuer,
        "number": gettext("paper.number", number=number),
        "title": gettext(f"paper.{kind}_title", title=view.title),
        "to": view.applicant if official else "",
        "colon": gettext("format.colon"),
        "text": lines,
        "sections": sections,
        "sign": issuer if official else "",
        "date": day(at),
        "verify": gettext("paper.verify", number=view.number, seq=seal[0]),
        "seal": seal[1],
    }


def sections_of(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Return sections as plain texts."""
    return [{"title": one.title, "items": [plain_item(item) for item in one.items]} for one in sections]


def plain_item(item: Item) -> dict[str, Any]:
    """Return an item as plain texts; a file by its name."""
    rows = None if item.rows is None else [[text_of(cell) for cell in row] for row in item.rows]
    columns = [column.label for column in item.columns]
    return {"label": item.label, "text": text_of(item), "columns": columns, "rows": rows}


def text_of(item: Item) -> str:
    """Return what is written in an item."""
    if item.files:
        return "; ".join(file.name for file in item.files)
    return gettext("case.erased") if item.erased else item.text
