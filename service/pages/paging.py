"""The pages of a form: each has its own address, shows what it still lacks, and keeps what is typed when it is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

if TYPE_CHECKING:
    from service.pages.desk import Desk
    from service.pages.sheets import Problem, Sheet
    from workflows.forms import Field, Form


@dataclass(frozen=True, slots=True)
class PageStep:
    """A page in the stepper of a form. `missing` counts what it still lacks, `faults` what has to be corrected."""

    key: str
    title: str
    is_now: bool
    missing: int
    faults: int


@dataclass(frozen=True, slots=True)
class Material:
    """Something to hand in, and whether it is there; `page` and `id` lead to its field."""

    title: str
    is_there: bool
    page: str
    id: str


def page_of(form: "Form | None", wanted: str | None, *, deciding: bool = False) -> str:
    """Return the key of the page to show: the wanted one, else the first; empty for a form without pages."""
    pages = form.pages if form is not None and not deciding else ()
    keys = [str(one.properties["page"]) for one in pages]
    return wanted if wanted in keys else keys[0] if keys else ""


def fields_of(form: "Form", page: str) -> tuple["Field", ...]:
    """Return the fields of one page, all of a form without pages."""
    return tuple(one for one in form.pages if one.properties["page"] == page) if page else form.fields


def steps_of(desk: "Desk", sheet: "Sheet") -> list[PageStep]:
    """Return the pages that are on the form now; one whose group is hidden is not."""
    missing, faults = count(sheet.missing), count(sheet.problems)
    return [
        PageStep(node.page, node.label, node.page == desk.page, missing.get(node.page, 0), faults.get(node.page, 0))
        for node in sheet.nodes
        if node.page
    ]


def count(problems: Iterable["Problem"]) -> dict[str, int]:
    """Return how many there are on each page."""
    found: dict[str, int] = {}
    for one in problems:
        found[one.page] = found.get(one.page, 0) + 1
    return found


def neighbours(steps: Sequence[PageStep], page: str) -> Mapping[str, PageStep | None]:
    """Return the page before and the page after."""
    at = next((n for n, one in enumerate(steps) if one.key == page), 0)
    return {
        "before": steps[at - 1] if steps and at > 0 else None,
        "following": steps[at + 1] if at + 1 < len(steps) else None,
    }


def goal_of(desk: "Desk", rest: str) -> str | None:
    """Return the address that `page:<key>:<id>` leads to; None where there is no such page."""
    key, _, anchor = rest.partition(":")
    form = desk.view.form
    if form is None or page_of(form, key) != key or not key:
        return None
    return url_for(
        "pages.task",
        task_id=desk.view.id,
        page=key,
        checked=1 if desk.checked else None,
        _anchor=anchor if anchor.startswith("f-") else None,
    )


def materials_of(desk: "Desk", sheet: "Sheet") -> list[Material]:
    """Return what is to be handed in with this form, and whether it lies there; hidden fields ask for nothing."""
    found = []
    for title, path in desk.view.materials:
        field = sheet.places.get(path)
        if field is not None:
            found.append(Material(title, bool(desk.typed.get(path)), *field))
    return found
