"""Notices (站内信): a list, opened one after the other; and what the bar counts, asked for again and again."""

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, unit_of_work
from service.notices import target_of, words_of
from service.pages.blueprint import pages
from service.pages.words import up_to_99
from service.texts import language
from workflows import queries
from workflows.commands import notifications as commands
from workflows.notices.kinds import MODES, Channel, Kind, Mode

TABS = ("unread", "all")


@pages.get("/notifications")
@access("signed_in")
def notifications() -> str:
    """List my notices, the newest first."""
    tab = "all" if request.args.get("tab") == "all" else "unread"
    page = queries.notices(
        unit_of_work(), current_actor(), unread=tab == "unread", after=request.args.get("after")
    )
    said = {one.id: words_of(one, language()) for one in page.items}
    return render_template("notifications.html", tab=tab, tabs=TABS, items=page.items, next=page.next, said=said)


@pages.post("/notifications/<uuid:notification_id>")
@access("signed_in")
def open_notification(notification_id: UUID) -> Response:
    """Note that I have read it, and go to what it is about."""
    uow, actor = unit_of_work(), current_actor()
    notice = queries.read_notice(uow, actor, notification_id)
    commands.mark_read(uow, actor, notification_id)
    return redirect(target_of(notice), 303)


@pages.post("/notifications/read")
@access("signed_in")
def read_all_notifications() -> Response:
    """Note that I have read them all."""
    read = commands.mark_all_read(unit_of_work(), current_actor())
    flash(gettext("notification.all_read", n=read) if read else gettext("notification.none_unread"), "done")
    return redirect(url_for("pages.notifications"), 303)


@pages.get("/badge")
@access("signed_in")
def badge() -> Response:
    """Say what the bar counts; unchanged counts are answered without a body."""
    counts = queries.badge(unit_of_work(), current_actor())
    answer = jsonify(
        todo=up_to_99(counts.todo) if counts.todo else "",
        unread=up_to_99(counts.unread) if counts.unread else "",
        said=gettext("notification.badge_said", unread=up_to_99(counts.unread), todo=up_to_99(counts.todo)),
    )
    answer.set_etag(f"{counts.todo}-{counts.unread}-{language()}")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)


@pages.post("/account/notifications")
@access("signed_in", session_only=True)
def choose_notifications() -> Response:
    """Keep how I want to be told of each kind."""
    chosen = {}
    for kind in Kind:
        for channel in Channel:
            mode = request.form.get(f"{kind}.{channel}", "")
            if mode in MODES[channel]:
                chosen[kind, channel] = Mode(mode)
    commands.put_preferences(unit_of_work(), current_actor(), chosen)
    flash(gettext("notification.preferences_saved"), "done")
    return redirect(url_for("pages.account") + "#notifications", 303)
