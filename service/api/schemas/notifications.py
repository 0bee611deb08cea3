"""Notices and how people want to be told."""

from marshmallow import fields

from service.api.fields import Choice, Schema
from service.api.schemas.lists import PageQuerySchema, page_of
from workflows.notices.kinds import Channel, Kind, Mode


class NoticeQuerySchema(PageQuerySchema):
    """A page of notices."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only those not read yet."})


class NoticeSchema(Schema):
    """A notice in the reader's language; `path` is where the pages go from it, `is_open` whether its task still waits."""

    id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    text = fields.String()
    number = fields.String()
    instance_id = fields.UUID()
    task_id = fields.UUID(allow_none=True)
    is_open = fields.Boolean()
    path = fields.String()
    created_at = fields.DateTime()
    read_at = fields.DateTime(allow_none=True)


class NoticePageSchema(page_of(NoticeSchema, "NoticePage")):  # type: ignore[misc]  # made at run time
    """One page of notices, and how many are unread, up to 100."""

    unread = fields.Integer()


class ReadSchema(Schema):
    """How many notices were unread before."""

    read = fields.Integer()


class PreferenceSchema(Schema):
    """How to be told of a kind over a channel: at once (now), with the digest of a working day (daily), or never."""

    kind = Choice(*Kind, required=True)
    channel = Choice(*Channel, required=True)
    mode = Choice(*Mode, required=True)


class PreferencesSchema(Schema):
    """How somebody is told."""

    preferences = fields.List(fields.Nested(PreferenceSchema), required=True)
