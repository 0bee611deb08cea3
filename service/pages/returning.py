"""A session that ended while somebody was typing: the sign-in page carries what was typed, and it becomes the draft."""

import re
from uuid import UUID

from flask import Response, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from service.current import current_actor, unit_of_work
from service.pages.desk import from_fields, save
from storage.errors import StorageError
from workflows import queries
from workflows.errors import DomainError

TASK = re.compile(r"/tasks/([0-9a-f-]{36})(/files.*)?")
PREFIX = "kept:"
OURS = frozenset({"csrf_token", "_key", "_action", "_version", "password", "again"})


def kept_fields() -> list[tuple[str, str]]:
    """Return the fields that were typed before the session ended."""
    return [
        (name.removeprefix(PREFIX), text)
        for name, texts in request.form.lists()
        for text in texts
        if name.startswith(PREFIX)
    ]


def ask_to_sign_in() -> Response:
    """Answer a form that was sent after the session ended: sign in, nothing typed is lost."""
    task = TASK.fullmatch(request.path)
    back = f"/tasks/{task[1]}" if task else url_for("pages.inbox")
    if "HX-Request" in request.headers:
        page = render_template("parts/expired.html", back=back)
        return Response(page, 401, {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"})
    kept = (
        [(name, text) for name, texts in request.form.lists() for text in texts if name not in OURS]
        if task
        else []
    )
    page = render_template("login.html", next_path=back, kept=kept)
    return Response(page, 401)


def keep_after_sign_in(goal: str) -> bool:
    """Put what was typed into the draft of its task, beside what others typed meanwhile.

    False when the task is no longer this person's to fill.
    """

    task = TASK.fullmatch(goal)
    if task is None:
        return False
    try:
        view = queries.read_task(unit_of_work(), current_actor(), UUID(task[1]))
        if view.form is None or not view.may_complete:
            return False
        save(from_fields(view, MultiDict(kept_fields())))
    except (DomainError, StorageError, ValueError):
        return False
    return True
