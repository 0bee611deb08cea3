"""The inbox: to do, to claim, done, mine."""

from flask import render_template, request

from service.access import access
from service.current import clock, current_actor, unit_of_work
from service.pages.blueprint import pages
from workflows import queries

TABS = ("todo", "claimable", "done", "mine")


@pages.get("/inbox")
@access("signed_in")
def inbox() -> str:
    """Show one tab of the inbox with its search."""
    tab = request.args.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    query = request.args.get("q", "").strip()
    uow, actor = unit_of_work(), current_actor()
    page = queries.inbox(uow, actor, tab, query, request.args.get("after"))
    counts = queries.tab_counts(uow, actor)
    return render_template(
        "inbox.html",
        tab=tab,
        tabs=TABS,
        query=query,
        items=page.items,
        next=page.next,
        counts={name: getattr(counts, name) for name in TABS},
        now=clock().now(),
        is_own=lambda item: tab == "mine" or item.lane == "applicant",
    )
