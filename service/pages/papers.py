"""Papers of an application: those that were issued, as they were; the application itself, and what was never issued, anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import Response, url_for

from service.access import access
from service.api.papers import pdf_of, send_paper
from service.current import clock, current_actor, unit_of_work
from service.pages.blueprint import pages
from service.pages.paper_words import APPLICATION, application_of, issued_of, own_submissions
from service.pages.words import gettext
from service.press import TEMPLATE
from service.viewing import note_instance
from storage.errors import NotFound
from storage.typesetting import typeset
from workflows import queries
from workflows.papers.asking import VERDICTS
from workflows.papers.issuing import Wanted
from workflows.papers.kinds import FIRST_NUMBER, PaperKind

if TYPE_CHECKING:
    from workflows.queries.views import InstanceView, PaperView

ANEW: Final = (PaperKind.RECEIPT, PaperKind.DECISION)
"""What an application from before papers were kept still gets, set anew each time."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paper in the list of an application; `issued_at` and `number` where it was issued, no `href` where it is to come."""

    kind: str
    href: str
    number: str = ""
    issued_at: datetime | None = None


def lines_of(view: "InstanceView", issued: "Sequence[PaperView]") -> list[Line]:
    """Return the papers that there are of an application as it stands, and the decision that is to come."""
    if not own_submissions(view):
        return []
    found = [Line(APPLICATION, url_for("pages.paper_anew", instance_id=view.id, kind=APPLICATION))]
    found += [Line(kind, url_for("pages.paper_anew", instance_id=view.id, kind=kind)) for kind in missing(view, issued)]
    found += [
        Line(one.kind, url_for("pages.paper", instance_id=view.id, paper_id=one.id), one.number, one.issued_at)
        for one in issued
    ]
    return found if view.ended_at else [*found, Line(PaperKind.DECISION, "")]


def missing(view: "InstanceView", issued: "Sequence[PaperView]") -> list[PaperKind]:
    """Return which papers an application has that were not issued: it is from before, or the worker is at it."""
    decided = view.status == "completed" and view.outcome_kind in VERDICTS
    has = {PaperKind.RECEIPT: bool(own_submissions(view)), PaperKind.DECISION: decided}
    return [kind for kind in ANEW if has[kind] and kind not in {one.kind for one in issued}]


@pages.get("/instances/<uuid:instance_id>/papers/<uuid:paper_id>.pdf")
@access("signed_in")
def paper(instance_id: UUID, paper_id: UUID) -> Response:
    """Give a paper as it was issued, byte for byte."""
    return send_paper(instance_id, paper_id)


@pages.get("/instances/<uuid:instance_id>/papers/<kind>.pdf")
@access("signed_in")
def paper_anew(instance_id: UUID, kind: str) -> Response:
    """Give the application as PDF, or a paper that was not issued, set anew from what the record holds."""
    uow, actor = unit_of_work(), current_actor()
    view = note_instance(queries.read_instance(uow, actor, instance_id))
    open_kinds = [APPLICATION, *missing(view, queries.papers(uow, actor, instance_id))]
    if kind not in open_kinds or not own_submissions(view):
        raise NotFound(kind="paper", id=kind[:20])
    seal, now = queries.seal_of(uow, instance_id), clock().now()
    if kind == APPLICATION:
        words = application_of(view, f"{view.number}-01", seal, now)
    else:
        number = f"{view.number}-{FIRST_NUMBER[PaperKind(kind)]:02d}"
        at = own_submissions(view)[0].at if kind == PaperKind.RECEIPT else view.ended_at or now
        words = issued_of(view, Wanted(PaperKind(kind), number, at, None, now, *seal))
    return pdf_of(typeset(TEMPLATE, words), f"{view.number} {gettext(f'paper.{kind}')}")
