"""From one task of a list to the next: where this one stands, and what is opened when it is done."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request, url_for

from service.current import current_actor, unit_of_work
from service.pages.listing import address_of, read, wanted_of, written
from service.pages.marking import marks_of
from workflows import queries
from workflows.queries.views.inbox import Neighbours, Wanted

if TYPE_CHECKING:
    from service.pages.desk import Desk

COOKIE = "next"


def list_asked() -> Wanted | None:
    """Return the list that a task was opened from: of the address, or what its form carries."""
    if request.method == "POST":
        return read(request.form.get("_list", ""))
    return wanted_of(request.args) if "tab" in request.args else None


def around(task_id: UUID, wanted: Wanted | None) -> Neighbours:
    """Return what is around a task in its list; without one, in what the reader has to do."""
    if request.method == "POST":  # the form carries what is next: saving a draft asks for no list
        after = request.form.get("_after", "")
        known = UUID(after) if is_id(after) else None
        return Neighbours(None, 0, None, known, request.form.get("_after_title", "")[:200])
    return queries.neighbours(unit_of_work(), current_actor(), wanted or Wanted(sort="due"), task_id)


def is_id(text: str) -> bool:
    """Tell whether a text is an id as we write it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def list_context(desk: "Desk") -> dict[str, Any]:
    """Return what the templates of a task read of the list that it was opened from, and of what is begun beside it."""
    works = desk.deciding and desk.view.may_complete
    return {
        "list_text": written(desk.wanted),
        "list_address": address_of(desk.wanted) if desk.wanted else {},
        "goes_on": goes_on(),
        "returning": desk.returning,
        "marking": marks_of(desk) if desk.view.may_complete else None,
        "around": around(desk.view.id, desk.wanted) if works else None,
    }


def goes_on() -> bool:
    """Tell whether the reader wants the next task opened: as said on the form, else as they said last time."""
    if "_going_on" in request.form:
        return "_next" in request.form
    return request.cookies.get(COOKIE) != "0"


def where_to(wanted: Wanted | None) -> str:
    """Return the address after a task is done: the next one of the list, or the list."""
    wanted = wanted or Wanted(sort="due")
    if goes_on():
        rest = queries.first_of(unit_of_work(), current_actor(), wanted)
        after = request.form.get("_after", "")
        found = next((one for one in rest if str(one) == after), rest[0] if rest else None)
        if found is not None:
            return url_for("pages.task", task_id=found, **address_of(wanted))
    return url_for("pages.inbox", **address_of(wanted))


def kept_list(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of the list that a small form carries, nothing when it was not opened from one."""
    return address_of(wanted_of(form)) if form.get("tab") else {}
