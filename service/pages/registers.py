"""Registers: list, search and detail, drawn from the declaration that a package brings."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, unit_of_work
from service.pages.blueprint import pages
from service.pages.words import value as in_words
from workflows import queries
from workflows.queries.views import RegisterField


@pages.get("/registers")
@access("signed_in")
def registers() -> str | Response:
    """List the registers; a single one opens at once."""
    found = queries.registers(unit_of_work(), current_actor())
    if len(found) == 1:
        return redirect(url_for("pages.register_list", register=found[0].key), 303)
    return render_template("registers/all.html", registers=found)


@pages.get("/registers/<register>")
@access("signed_in")
def register_list(register: str) -> str:
    """Show a page of a register."""
    query = request.args.get("q", "").strip()
    page = queries.register_page(unit_of_work(), current_actor(), register, query, request.args.get("after"))
    return render_template(
        "registers/list.html",
        register=page.register,
        items=page.items,
        next=page.next,
        query=query,
        shown=shown,
    )


@pages.get("/registers/<register>/<uuid:entry_id>")
@access("signed_in")
def register_entry(register: str, entry_id: UUID) -> str:
    """Show an entry in full."""
    view = queries.register_entry(unit_of_work(), current_actor(), register, entry_id)
    return render_template("registers/entry.html", register=view.register, entry=view.entry, shown=shown)


def shown(field: RegisterField, value: Any) -> str:
    """Return a value of an entry in words: an option by its title, the rest as people write it."""
    return dict(field.options).get(str(value)) or in_words(value)
