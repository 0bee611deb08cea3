"""My notices: listed, read, and how I want to be told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.notifications import (
    NoticePageSchema,
    NoticeQuerySchema,
    PreferencesSchema,
    ReadSchema,
)
from service.current import current_actor, unit_of_work
from service.notices import target_of, words_of
from service.texts import language
from workflows import queries
from workflows.commands import notifications as commands
from workflows.notices.kinds import Channel, Kind, Mode
from workflows.queries.views import NoticeView

blueprint = Blueprint(
    "notifications", __name__, url_prefix="/api/v1/notifications", description="What I am told, and how."
)


@blueprint.route("")
@blueprint.arguments(NoticeQuerySchema, location="query")
@blueprint.response(200, NoticePageSchema)
@access("signed_in")
def list_notices(query: Mapping[str, Any]) -> dict[str, Any]:
    """List my notices for the organisation that I act for, the newest first."""
    uow, actor = unit_of_work(), current_actor()
    page = queries.notices(uow, actor, unread=query["unread"], after=query["after"], limit=query["limit"])
    return {"items": [_shown(one) for one in page.items], "next": page.next, "unread": queries.badge(uow, actor).unread}


@blueprint.route("/<uuid:notification_id>/read", methods=["POST"])
@blueprint.response(204)
@access("signed_in")
def read(notification_id: UUID) -> None:
    """Note that I have read a notice; once more is success."""
    commands.mark_read(unit_of_work(), current_actor(), notification_id)


@blueprint.route("/read", methods=["POST"])
@blueprint.response(200, ReadSchema)
@access("signed_in")
def read_all() -> dict[str, Any]:
    """Note that I have read all my notices for the organisation that I act for."""
    return {"read": commands.mark_all_read(unit_of_work(), current_actor())}


@blueprint.route("/preferences")
@blueprint.response(200, PreferencesSchema)
@access("signed_in")
def read_preferences() -> dict[str, Any]:
    """Say how I am told of each kind over each channel."""
    return {"preferences": _chosen()}


@blueprint.route("/preferences", methods=["PUT"])
@blueprint.arguments(PreferencesSchema)
@blueprint.response(200, PreferencesSchema)
@access("signed_in")
def put_preferences(body: Mapping[str, Any]) -> dict[str, Any]:
    """Say how I want to be told. Kinds and channels that are not named stay as they are."""
    chosen = {(Kind(one["kind"]), Channel(one["channel"])): Mode(one["mode"]) for one in body["preferences"]}
    commands.put_preferences(unit_of_work(), current_actor(), chosen)
    return {"preferences": _chosen()}


def _chosen() -> list[dict[str, str]]:
    wishes = queries.preferences(unit_of_work(), current_actor())
    return [
        {"kind": kind, "channel": channel, "mode": mode}
        for kind, by_channel in wishes.items()
        for channel, mode in by_channel.items()
    ]


def _shown(notice: NoticeView) -> dict[str, Any]:
    words = words_of(notice, language())
    return {
        "id": notice.id, "kind": notice.kind, "title": words.title, "text": words.text, "number": notice.number,
        "instance_id": notice.instance_id, "task_id": notice.task_id, "is_open": notice.is_open,
        "path": target_of(notice), "created_at": notice.created_at, "read_at": notice.read_at,
    }  # fmt: skip
