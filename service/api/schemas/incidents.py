"""Incidents, and what is done about them."""

from marshmallow import fields

from service.api.fields import Answers, Choice, Id, Schema, Text
from service.api.schemas.lists import PageQuerySchema, PersonSchema, page_of


class IncidentQuerySchema(PageQuerySchema):
    """A page of incidents."""

    status = Choice("open", "closed", load_default="open")
    instance_id = Id(load_default=None)


class IncidentSchema(Schema):
    """Trouble that waits for a person.

    kind: job_failed, step_failed, timer_failed, state_damaged, file_damaged, file_infected, file_swapped. resolution: retried, skipped, failed,
    closed, moot. `errors` are the codes with which the service task may fail.
    """

    id = fields.UUID()
    kind = fields.String()
    message = fields.String()
    instance_id = fields.UUID(allow_none=True)
    number = fields.String(allow_none=True)
    process_title = fields.String()
    element_id = fields.String(allow_none=True)
    step_title = fields.String()
    handler = fields.String(allow_none=True)
    attempts = fields.Integer()
    may_retry = fields.Boolean()
    may_skip = fields.Boolean()
    errors = fields.List(fields.String())
    opened_at = fields.DateTime()
    closed_at = fields.DateTime(allow_none=True)
    closed_by = fields.Nested(PersonSchema, allow_none=True)
    resolution = fields.String(allow_none=True)


class SkipSchema(Schema):
    """The result of a service task, given by hand; `values` as its handler declares them, dates and amounts as text."""

    values = Answers(load_default=dict)
    reason = Text(0, 500, load_default="")


class FailSchema(Schema):
    """The business error with which a service task ends, one of those that its handler declares."""

    error = Text(1, 100, required=True)
    reason = Text(0, 500, load_default="")


IncidentPageSchema = page_of(IncidentSchema, "IncidentPage")
