"""Messages that left the house, or should have: for administrators, who may let them be sent again."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, settings, unit_of_work
from service.notices import word_letter
from service.pages.blueprint import pages
from workflows import queries
from workflows.commands import notifications as commands
from workflows.queries.deliveries import STATES
from workflows.queries.views import DeliveryView, LetterView


@pages.get("/admin/messages")
@access("role:administrator")
def messages() -> str:
    """List mails and SMS, the newest first, with what became of each."""
    status = request.args.get("status", "")
    status = status if status in STATES else ""
    uow, actor = unit_of_work(), current_actor()
    page = queries.deliveries(uow, actor, status, request.args.get("after"))
    return render_template(
        "admin/messages.html",
        items=page.items,
        next=page.next,
        status=status,
        states=("", *STATES),
        said={one.id: _worded(one) for one in page.items if one.notices},
        failed=queries.delivery_counts(uow, actor)["failed"],
        connected={"mail": settings().mail is not None, "sms": settings().sms is not None},
    )


@pages.post("/admin/messages")
@access("role:administrator")
def send_messages_again() -> Response:
    """Send everything again that failed or was refused."""
    count = commands.send_again(unit_of_work(), current_actor())
    flash(gettext("delivery.again_all", n=count), "done")
    return redirect(url_for("pages.messages"), 303)


@pages.post("/admin/messages/<uuid:delivery_id>")
@access("role:administrator")
def send_message_again(delivery_id: UUID) -> Response:
    """Send one message again that failed or was refused."""
    commands.send_again(unit_of_work(), current_actor(), delivery_id)
    flash(gettext("delivery.again_one"), "done")
    return redirect(url_for("pages.messages"), 303)


def _worded(one: DeliveryView) -> tuple[str, str]:
    """Return subject and text as they leave; nobody's address is read for it."""
    letter = LetterView(one.id, one.channel, "", one.language, one.is_digest, one.notices)
    return word_letter(letter, settings().public_url)
