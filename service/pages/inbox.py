"""The inbox: to do, to claim, done, mine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from service.access import access
from service.current import clock, current_actor, request_key, unit_of_work
from service.pages.blueprint import pages
from service.pages.listing import OPEN_WORK, TABS, address_of, narrowed, wanted_of
from service.pages.words import local
from storage.errors import IdempotencyMismatch
from workflows import errors as domain
from workflows import queries

if TYPE_CHECKING:
    from workflows.queries.views import InboxItem
    from workflows.queries.views.inbox import ProcessChoice

TRIES = 5
"""So many tasks are tried for one who claims the next: colleagues are faster now and then."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one urgency: over, today, week, later, undated; no urgency where the list is in another order.

    `total` is how many there are on all pages of the list, None where that would have to be counted.
    """

    urgency: str
    items: "tuple[InboxItem, ...]"
    total: int | None = None


@pages.get("/inbox")
@access("signed_in")
def inbox() -> str:
    """Show one tab of the inbox with its search and filters, all of them in the address."""
    wanted = wanted_of(request.args)
    uow, actor = unit_of_work(), current_actor()
    tab, is_open = wanted.tab, wanted.tab in OPEN_WORK
    now = clock().now()
    works = bool(actor.groups)
    choices = queries.process_choices(uow, actor) if works and is_open else ()
    page = queries.inbox(
        uow,
        actor,
        tab,
        wanted.query,
        request.args.get("after"),
        process=wanted.process or process_of(choices, wanted.step),
        step=wanted.step,
        due=wanted.due,
        round=wanted.round,
        sort=wanted.sort,
    )
    keys = tuple(choice.key for choice in choices) if len(choices) > 1 else ()
    grouped = is_open and wanted.sort == "due"
    parted = bool(page.next or request.args.get("after"))
    whole = grouped and parted and works and not narrowed(wanted) and not wanted.query
    counts = queries.tab_numbers(uow, actor, tab, keys, by_due=works and is_open, by_urgency=whole)
    groups = groups_of(page.items, now) if grouped else [Group("", page.items)] if page.items else []
    if whole or not parted:
        groups = [replace(one, total=counts.urgent.get(one.urgency) if parted else len(one.items)) for one in groups]
    return render_template(
        "inbox.html",
        tab=tab,
        tabs=TABS,
        wanted=wanted,
        query=wanted.query,
        narrowed=narrowed(wanted),
        address=address_of(wanted),
        link=lambda **changed: url_for("pages.inbox", **address_of(wanted, **changed)),
        groups=groups,
        next=page.next,
        batches=list(dict.fromkeys(one for item in page.items for one in item.batch)),
        counts=counts,
        choices=choices,
        steps=[choice for choice in choices if wanted.process in ("", choice.key)],
        done=queries.done_lately(uow, actor, week_begins(now)) if works and is_open else None,
        works=works,
        now=now,
        is_own=lambda item: tab == "mine" or item.lane == "applicant",
    )


@pages.post("/inbox/next")
@access("signed_in")
def claim_next() -> Redirect:
    """Claim the first task of the list that can be claimed, and open it; colleagues may be faster meanwhile."""
    from workflows.commands.tasks import claim_task

    wanted = wanted_of({**request.form, "tab": "claimable"})
    uow, actor, key = unit_of_work(), current_actor(), request_key()
    for task_id in queries.first_of(uow, actor, wanted, TRIES):
        try:
            claim_task(uow, actor, task_id, idempotency_key=key)
        except (domain.Conflict, domain.NotAllowed):
            continue
        except IdempotencyMismatch:
            break  # a second click: what the first one claimed is among what I have to do
        return redirect(url_for("pages.task", task_id=task_id, **address_of(wanted, tab="todo")), 303)
    else:
        flash(gettext("inbox.none_to_claim"), "soon")
        return redirect(url_for("pages.inbox", **address_of(wanted)), 303)
    return redirect(url_for("pages.inbox"), 303)


def process_of(choices: "Iterable[ProcessChoice]", step: str) -> str:
    """Return the process that has a step where only one has it: then it is found without a look at the others."""
    found = [choice.key for choice in choices if step in dict(choice.steps)]
    return found[0] if len(found) == 1 else ""


def groups_of(items: "Iterable[InboxItem]", now: datetime) -> list[Group]:
    """Return rows, which are in the order of their deadlines, by urgency."""
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(urgency(item.due_at, now), []).append(item)
    return [Group(name, tuple(rows)) for name, rows in found.items()]


def urgency(due_at: datetime | None, now: datetime) -> str:
    """Return how soon something is due: over, today, week (until Sunday 24:00), later or undated."""
    if due_at is None:
        return "undated"
    at = queries.moments(now)
    ends = (("over", now), ("today", at.day_ends), ("week", at.week_ends))
    return next((name for name, end in ends if due_at <= end), "later")


def week_begins(now: datetime) -> datetime:
    """Return when this week began: Monday 0:00 in Beijing."""
    here = local(now)
    return here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=here.weekday())


def back_to_list(task_id: UUID) -> str:
    """Return the address of the list that the reader was on; the row of a task is where the focus goes."""
    return url_for("pages.inbox", **address_of(wanted_of(request.form)), _anchor=f"row-{task_id}")
