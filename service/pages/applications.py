"""The applications of the organisation that I act for; staff see those they may see."""

from flask import render_template, request

from service.access import access
from service.current import current_actor, unit_of_work
from service.pages.blueprint import pages
from workflows import queries

STATUSES = ("", "active", "completed", "cancelled")


@pages.get("/applications")
@access("signed_in")
def applications() -> str:
    """List applications, newest first."""
    status = request.args.get("status", "")
    status = status if status in STATUSES else ""
    query = request.args.get("q", "").strip()
    page = queries.list_instances(
        unit_of_work(), current_actor(), query=query, status=status or None, after=request.args.get("after")
    )
    return render_template(
        "applications.html", items=page.items, next=page.next, query=query, status=status, statuses=STATUSES
    )
