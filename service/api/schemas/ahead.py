"""Why an application went where it went, what it may come to next, and when it will probably be done."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields

from service.api.fields import Schema, plain


def pairs(given: Iterable[tuple[str, Any]], first: str, second: str) -> list[dict[str, Any]]:
    """Return pairs as objects with these two names."""
    return [{first: one, second: plain(other)} for one, other in given]


class AheadStepSchema(Schema):
    """A step that may come next. kind: task, wait, end; `seal` is what an end means; `mine`: the applicant does it."""

    element_id = fields.String()
    title = fields.String()
    lane_title = fields.String()
    kind = fields.String()
    mine = fields.Boolean()
    seal = fields.String(allow_none=True)


class AheadWaySchema(Schema):
    """One way that the application may go on; `steps` come together.

    `when` are the questions that are not decided yet, each with the answer that leads here; `event` is what has to
    happen; `joined`: other steps have to be done first as well; `back` is the step from which it may be sent back here
    though nobody drew it.
    """

    steps = fields.List(fields.Nested(AheadStepSchema))
    when = fields.Function(
        lambda way: pairs(way.when, "question", "answer"), metadata={"type": "array", "items": {"type": "object"}}
    )
    event = fields.String(allow_none=True)
    joined = fields.Boolean()
    back = fields.String(allow_none=True)


class DecisionSchema(Schema):
    """A decision that was not a person's: a question with its answer, or a decision table with what it `said`.

    `facts` are what was read for it, `said` what the table gave, both as label and value.
    """

    title = fields.String()
    facts = fields.Function(
        lambda one: pairs(one.facts, "label", "value"), metadata={"type": "array", "items": {"type": "object"}}
    )
    answer = fields.String()
    said = fields.Function(
        lambda one: pairs(one.said, "label", "value"), metadata={"type": "array", "items": {"type": "object"}}
    )


class LimitSchema(Schema):
    """The statutory limit in working days, from the completion of the step `start` to that of `end`, else of the case."""

    days = fields.Integer()
    start = fields.String(allow_none=True)
    end = fields.String(allow_none=True)
    used = fields.Integer(allow_none=True)
    met = fields.Boolean()


class ExpectationSchema(Schema):
    """Working days: `used` so far without those the applicant took; `usual` and `most` of `sample` finished ones.

    `usual` and `most` (half and nine tenths of them) are null below 20; their days are null where they have passed.
    """

    used = fields.Integer()
    paused = fields.Boolean()
    sample = fields.Integer()
    usual = fields.Integer(allow_none=True)
    most = fields.Integer(allow_none=True)
    usual_day = fields.Date(allow_none=True)
    most_day = fields.Date(allow_none=True)
    limit = fields.Nested(LimitSchema, allow_none=True)
